// SPDX-License-Identifier: Apache-2.0
// The kernels of mma_tile_kernels.hpp for vectors of W lanes.
#pragma once

#include <algorithm>
#include <array>

#include "reference/arithmetic/mma_certificate.hpp"
#include "reference/arithmetic/mma_model.hpp"
#include "reference/arithmetic/mma_tile_kernels.hpp"

namespace assay::lanes {

// Formats with binary32's exponents: products may leave its range.
constexpr bool is_wide(Format format) {
  return format == Format::bf16 || format == Format::tf32;
}

// Products are at least 2^-128 and have at most 20 fraction bits.
inline constexpr float kChainLow = 0x1p-64f, kChainHigh = 0x1p63f;

template <int W>
ASSAY_LANES bool chain_kernel(const MmaForm& form, const Values& values, const MmaResult& c,
                              MmaResult& result) {
  if (is_wide(form.a) && !values_in_range<W>(values, kChainLow, kChainHigh)) return false;
  Outputs outputs;
  load_outputs<W>(c, outputs);
  chain<W>(values, form.accumulator, form.accumulator, outputs);
  store_outputs<W>(outputs, result);
  return true;
}

template <int W>
ASSAY_LANES void collect(const Outputs& reached, const Outputs& results, Format accumulator,
                         MmaOutputs& doubtful) {
  const auto minus_zero =
      static_cast<std::int32_t>(accumulator == Format::f32 ? kF32SignBit : 0x8000u);
  for (std::size_t j = 0; j < kMmaColumns; ++j) {
    unsigned rows = 0;
    for (std::size_t i = 0; i < kMmaRows; ++i) {
      const bool is_doubtful = reached.words[j][i] != 0 || results.words[j][i] == minus_zero;
      rows |= static_cast<unsigned>(is_doubtful) << i;
    }
    doubtful.rows[j] = static_cast<std::uint16_t>(rows);
  }
}

template <int W>
ASSAY_LANES bool certified_kernel(const MmaForm& form, const Values& values, const MmaResult& from,
                                  MmaResult& result, MmaOutputs& doubtful) {
  if (is_wide(form.a) && !values_in_range<W>(values, kChainLow, kChainHigh)) return false;

  const float a_normal = min_normal(form.a), b_normal = min_normal(form.b);
  Extremes extremes;
  find_extremes<W>(values, a_normal, b_normal, extremes);
  Outputs c, outputs;
  load_outputs<W>(from, c);
  doubtful = {};
  if (!extremes_reach<W>(values, extremes, form.accumulator, c)) {
    outputs = c;
    chain<W>(values, Format::f32, form.accumulator, outputs);
    store_outputs<W>(outputs, result);
    if (!any_special<W>(outputs, form.accumulator)) return true;
  }
  outputs = c;
  chain<W>(values, form.accumulator, form.accumulator, outputs);
  store_outputs<W>(outputs, result);
  Matrices<float> unit;
  map_values<W, Units<W>>(values, a_normal, b_normal, unit);
  Outputs reached;
  const bool is_reached = sums_reach<W>(values, unit, form.accumulator, c, reached);
  if (is_reached || any_special<W>(outputs, form.accumulator))
    collect<W>(reached, outputs, form.accumulator, doubtful);
  return true;
}

// The k of each fused step, in order.
struct StepList {
  std::array<std::uint8_t, kMaxProducts> products;
  std::size_t count;
};

inline StepList step_products(const TensorCoreModel& model, int products) {
  StepList list{{}, static_cast<std::size_t>(products)};
  for (int k = 0; k < products; ++k)
    list.products[static_cast<std::size_t>(k)] = static_cast<std::uint8_t>(k);
  if (model.lowering == MmaLowering::two_f16_mmas)
    std::stable_partition(list.products.begin(), list.products.begin() + products,
                          [](int k) { return k % 4 < 2; });
  return list;
}

template <int W>
ASSAY_LANES bool run_steps(const TensorCoreModel& model, const Values& values,
                           const Matrices<std::int32_t>& exponent, Outputs& outputs) {
  const StepList list = step_products(model, values.products());
  const std::size_t length = model.lowering == MmaLowering::two_f16_mmas
                                 ? list.count / 2
                                 : static_cast<std::size_t>(model.step.products);
  for (std::size_t begin = 0; begin < list.count; begin += length) {
    const std::size_t count = std::min(length, list.count - begin);
    const ModelStep step{model.step, model.accumulator,
                         std::span(list.products).subspan(begin, count)};
    if (!fused_step<W>(values, exponent, step, outputs)) return false;
  }
  return true;
}

// The ordinary addition after two f16 MMAs. The sum of two binary16 values, rounded to binary32 and
// then to binary16, is rounded as if once: 24 >= 2 * 11 + 2.
template <int W>
ASSAY_LANES void add_outputs(const Outputs& c, Format accumulator, Outputs& sum) {
  for (int row = 0; row < kRows; row += W) {
    Float<W> left[kColumns], right[kColumns];
    load_values<W>(accumulator, c, row, left);
    load_values<W>(accumulator, sum, row, right);
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) {
      const Float<W> x = left[j] + right[j];
      store(&sum.words[j][row], accumulator == Format::f32 ? f32_codes<W>(x) : f16_codes<W>(x));
    }
  }
}

template <int W>
ASSAY_LANES bool model_kernel(const TensorCoreModel& model, const MmaForm& form,
                              const Values& values, const MmaResult& from, MmaResult& result) {
  const bool is_expanded = model.lowering == MmaLowering::two_f16_mmas;
  if (model.lowering == MmaLowering::fma_chain || model.step.fraction_bits > kMaxFractionBits ||
      model.step.products > kMaxProducts)
    return false;
  if (!values_in_range<W>(values, kModelLow, kModelHigh)) return false;
  Matrices<std::int32_t> exponent;
  const int a_min = 1 - (is_expanded ? kF16 : format_info(form.a).layout).bias;
  const int b_min = 1 - (is_expanded ? kF16 : format_info(form.b).layout).bias;
  map_values<W, ProductExponents<W>>(values, a_min, b_min, exponent);
  Outputs c, outputs{};
  load_outputs<W>(from, c);
  if (!is_expanded) outputs = c;
  if (!run_steps<W>(model, values, exponent, outputs)) return false;
  if (is_expanded) add_outputs<W>(c, form.accumulator, outputs);
  store_outputs<W>(outputs, result);
  return true;
}

}  // namespace assay::lanes
