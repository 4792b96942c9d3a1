// SPDX-License-Identifier: Apache-2.0
// One element of D = A * B + C under a model: a fused dot, or ptxas's expansion into two of them.
#include "reference/arithmetic/tensor_core.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include <fmt/ranges.h>

#include "reference/arithmetic/fused_dot.hpp"
#include "reference/arithmetic/scaled_dot.hpp"
#include "reference/format/convert.hpp"

namespace assay {
namespace {

constexpr std::uint32_t kCanonicalNaNF32 = 0x7FFFFFFF;
// K of the longest shapes that are expanded: longer dots are sequences of such instructions.
constexpr std::size_t kFp8Products = 32;
constexpr std::size_t kChainProducts = 4;

constexpr Format kNarrowFormats[] = {Format::e4m3, Format::e5m2, Format::e2m3, Format::e3m2,
                                     Format::e2m1};
constexpr Format kWideFormats[] = {Format::f16, Format::bf16, Format::tf32};

bool takes(const TensorCoreModel& model, Format format) {
  return std::ranges::count(operand_formats(model), format) > 0;
}

// IEEE rounding, with the one NaN that these instructions return.
constexpr CastRules kF16Rules{.overflow = kF16.infinity_code(),
                              .infinity = kF16.infinity_code(),
                              .positive_nan = kF16.magnitude_mask(),
                              .negative_nan = kF16.magnitude_mask()};

std::uint32_t f64_to_f16(double value) {
  return static_cast<std::uint32_t>(
      convert<kF64, kF16>(std::bit_cast<std::uint64_t>(value), kF16Rules));
}

// The k of [begin, begin + count) with k mod 4 in {first, first + 1}.
std::vector<std::size_t> half_of(std::size_t begin, std::size_t count, std::size_t first) {
  std::vector<std::size_t> half;
  for (std::size_t k = 0; k < count; ++k) {
    if (k % 4 / 2 == first / 2) half.push_back(begin + k);
  }
  return half;
}

// As binary16 codes: every fp8 value is one.
std::vector<std::uint32_t> as_f16(Format format, std::span<const std::uint32_t> codes,
                                  const std::vector<std::size_t>& which) {
  std::vector<std::uint32_t> result;
  for (const std::size_t k : which)
    result.push_back(f64_to_f16(decode(format, codes[k])));
  return result;
}

// An ordinary addition (FADD, HADD2): one rounding to nearest even. binary64 holds the sum of two
// binary16 values exactly.
std::uint32_t add(Format accumulator, std::uint32_t c, std::uint32_t sum) {
  if (accumulator == Format::f16) {
    return f64_to_f16(decode(Format::f16, c) + decode(Format::f16, sum));
  }
  const float rounded = std::bit_cast<float>(c) + std::bit_cast<float>(sum);
  return rounded != rounded ? kCanonicalNaNF32 : std::bit_cast<std::uint32_t>(rounded);
}

// A row and a column, and the formats of their codes.
struct Operands {
  Format a_format, b_format;
  std::span<const std::uint32_t> a, b;
};

std::uint32_t two_f16_mmas(const TensorCoreModel& model, const Operands& x, std::size_t begin,
                           std::size_t count, std::uint32_t c, TensorCoreTrace* trace) {
  std::uint32_t sum = 0;
  for (const std::size_t first : {0, 2}) {
    const auto which = half_of(begin, count, first);
    const auto left = as_f16(x.a_format, x.a, which), right = as_f16(x.b_format, x.b, which);
    sum = fused_dot(model.step, {kF16, left}, {kF16, right}, sum,
                    trace == nullptr ? nullptr : &trace->steps);
    if (trace != nullptr) trace->products.push_back(which);
  }
  if (trace != nullptr) {
    trace->has_addition = true;
    trace->addend = c;
    trace->sum = sum;
  }
  return add(model.accumulator, c, sum);
}

MmaOperand operand(Format format, std::span<const std::uint32_t> codes) {
  return {format_info(format).layout, codes};
}

// Which products the terms of a fused or scaled dot are.
void trace_products(const FusedStep& step, std::size_t count, TensorCoreTrace& trace) {
  for (std::size_t k = 0; k < count; k += static_cast<std::size_t>(step.group)) {
    if (k % static_cast<std::size_t>(step.products) == 0) trace.products.emplace_back();
    trace.products.back().push_back(k);
  }
}

std::uint32_t fused(const TensorCoreModel& model, const Operands& x, std::uint32_t c,
                    TensorCoreTrace* trace) {
  if (trace == nullptr)
    return fused_dot(model.step, operand(x.a_format, x.a), operand(x.b_format, x.b), c);
  trace_products(model.step, x.a.size(), *trace);
  return fused_dot(model.step, operand(x.a_format, x.a), operand(x.b_format, x.b), c,
                   &trace->steps);
}

float term(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b, std::size_t k,
           float addend) {
  return std::fma(static_cast<float>(decode(Format::f16, a[k])),
                  static_cast<float>(decode(Format::f16, b[k])), addend);
}

// What ptxas 13.0 makes of mma.m8n8k4 from sm_80 on.
std::uint32_t fma_chain(Format accumulator, std::span<const std::uint32_t> a,
                        std::span<const std::uint32_t> b, std::uint32_t c) {
  if (accumulator == Format::f32) {
    const float sum = term(a, b, 3, term(a, b, 2, term(a, b, 1, term(a, b, 0, 0))));
    return add(Format::f32, c, std::bit_cast<std::uint32_t>(sum));
  }
  const float low = term(a, b, 1, term(a, b, 0, -0.0f)), high = term(a, b, 3, term(a, b, 2, -0.0f));
  return f64_to_f16((static_cast<float>(decode(Format::f16, c)) + low) + high);
}

Status check_operands(const TensorCoreModel& model, const Operands& x) {
  for (const Format format : {x.a_format, x.b_format}) {
    if (!takes(model, format))
      return fail(ErrorCode::usage, "{}: operands are {}, not {}", model.name, model.operands,
                  format_info(format).name);
  }
  if (x.a.size() != x.b.size())
    return fail(ErrorCode::usage, "{}: {} and {} elements: must be as many", model.name, x.a.size(),
                x.b.size());
  return {};
}

Status check_scales(const TensorCoreModel& model, std::size_t length, const BlockScales& scales) {
  if (model.lowering != MmaLowering::block_scaled)
    return fail(ErrorCode::usage, "{}: takes no block scales", model.name);
  if (std::ranges::count(scale_forms(model), ScaleForm{scales.format, scales.block}) == 0)
    return fail(ErrorCode::usage, "{}: takes no {} scales of {} elements", model.name,
                format_info(scales.format).name, scales.block);
  if (length % static_cast<std::size_t>(model.step.products) != 0)
    return fail(ErrorCode::usage, "{}: {} elements: must be a multiple of {}", model.name, length,
                model.step.products);
  const std::size_t blocks = length / static_cast<std::size_t>(scales.block);
  for (const auto& codes : {scales.a, scales.b})
    if (codes.size() != blocks)
      return fail(ErrorCode::usage, "{}: {} scales for {} blocks of {} elements", model.name,
                  codes.size(), blocks, scales.block);
  return {};
}

}  // namespace

std::span<const Format> operand_formats(const TensorCoreModel& model) {
  const std::span<const Format> narrow(kNarrowFormats);
  if (model.operands == "fp8") return narrow.first(2);
  if (model.operands == "f8f6f4" || model.operands == "mxf8f6f4") return narrow;
  if (model.operands == "mxf4" || model.operands == "mxf4nvf4") return narrow.last(1);
  for (const Format& format : kWideFormats)
    if (model.operands == format_info(format).name) return {&format, 1};
  return {};
}

std::span<const ScaleForm> scale_forms(const TensorCoreModel& model) {
  static constexpr ScaleForm kForms[] = {
      {Format::ue4m3, 16}, {Format::e8m0, 32}, {Format::e8m0, 16}};
  if (model.lowering != MmaLowering::block_scaled) return {};
  return model.operands == "mxf4nvf4" ? std::span(kForms) : std::span(kForms).subspan(1, 1);
}

Result<const TensorCoreModel*> resolve_tensor_core(std::string_view target,
                                                   MmaInstruction instruction, Format a, Format b,
                                                   Format accumulator) {
  std::string_view number = target;
  while (!number.empty() && (number.back() == 'a' || number.back() == 'f'))
    number.remove_suffix(1);
  std::vector<std::string> names;
  const TensorCoreModel* found = nullptr;
  for (const TensorCoreModel& model : tensor_core_models()) {
    if (model.target != number) continue;
    names.push_back(model.name);
    if (model.accumulator != accumulator || !takes(model, a) || !takes(model, b) ||
        model.lowering == MmaLowering::block_scaled)
      continue;
    const bool is_short_mma = instruction == MmaInstruction::mma_m8n8k4 && a == Format::f16 &&
                              model.instruction == MmaInstruction::mma;
    // The last is the one that says most: fp8 stands after f8f6f4, mma_m8n8k4 after mma.
    if (model.instruction == instruction || is_short_mma) found = &model;
  }
  if (found != nullptr) return found;
  if (names.empty()) return fail(ErrorCode::usage, "{}: no tensor-core model for it", target);
  return fail(ErrorCode::usage, "{}: no {} with {} and {} operands and a {} accumulator; it has {}",
              target, mma_instruction_name(instruction), format_info(a).name, format_info(b).name,
              format_info(accumulator).name, fmt::join(names, ", "));
}

Result<std::uint32_t> tensor_core_dot(const TensorCoreModel& model, Format a_format,
                                      std::span<const std::uint32_t> a, Format b_format,
                                      std::span<const std::uint32_t> b, std::uint32_t c,
                                      TensorCoreTrace* trace) {
  const Operands operands{a_format, b_format, a, b};
  ASSAY_TRY(check_operands(model, operands));
  if (model.lowering == MmaLowering::block_scaled)
    return fail(ErrorCode::usage, "{}: needs block scales", model.name);
  if (model.lowering == MmaLowering::fused) return fused(model, operands, c, trace);
  const bool is_chain = model.lowering == MmaLowering::fma_chain;
  const std::size_t length = is_chain ? kChainProducts : kFp8Products;
  const std::size_t multiple = is_chain ? length : length / 2;
  if (a.size() % multiple != 0)
    return fail(ErrorCode::usage, "{}: {} elements: must be a multiple of {}", model.name, a.size(),
                multiple);
  for (std::size_t begin = 0; begin < a.size(); begin += length) {
    const std::size_t count = std::min(length, a.size() - begin);
    c = is_chain
            ? fma_chain(model.accumulator, a.subspan(begin, length), b.subspan(begin, length), c)
            : two_f16_mmas(model, operands, begin, count, c, trace);
  }
  return c;
}

Result<std::uint32_t> scaled_tensor_core_dot(const TensorCoreModel& model, Format a_format,
                                             std::span<const std::uint32_t> a, Format b_format,
                                             std::span<const std::uint32_t> b,
                                             const BlockScales& scales, std::uint32_t c,
                                             TensorCoreTrace* trace) {
  ASSAY_TRY(check_operands(model, {a_format, b_format, a, b}));
  ASSAY_TRY(check_scales(model, a.size(), scales));
  if (trace != nullptr) trace_products(model.step, a.size(), *trace);
  return scaled_dot(model.step, scales.block,
                    {operand(a_format, a), operand(scales.format, scales.a)},
                    {operand(b_format, b), operand(scales.format, scales.b)}, c,
                    trace == nullptr ? nullptr : &trace->steps);
}

}  // namespace assay
