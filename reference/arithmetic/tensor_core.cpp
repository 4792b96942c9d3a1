// SPDX-License-Identifier: Apache-2.0
// One element of D = A * B + C under a model: a fused dot, or ptxas's expansion into two of them.
#include "reference/arithmetic/tensor_core.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include <fmt/ranges.h>

#include "reference/format/convert.hpp"

namespace assay {
namespace {

constexpr std::uint32_t kCanonicalNaNF32 = 0x7FFFFFFF;
// PTX's longest fp8 shape: longer dots are sequences of such instructions.
constexpr std::size_t kFp8Products = 32;

bool takes(std::string_view operands, Format format) {
  if (operands == "fp8") return format == Format::e4m3 || format == Format::e5m2;
  return operands == format_info(format).name;
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

// The products with k mod 4 in {first, first + 1}, as binary16 codes: every fp8 value is one.
std::vector<std::uint32_t> half_of(Format format, std::span<const std::uint32_t> codes,
                                   std::size_t first) {
  std::vector<std::uint32_t> half;
  for (std::size_t k = 0; k < codes.size(); ++k) {
    if (k % 4 / 2 == first / 2) half.push_back(f64_to_f16(decode(format, codes[k])));
  }
  return half;
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

std::uint32_t two_f16_mmas(const TensorCoreModel& model, Format a_format,
                           std::span<const std::uint32_t> a, Format b_format,
                           std::span<const std::uint32_t> b, std::uint32_t c) {
  std::uint32_t sum = 0;
  for (const std::size_t first : {0, 2}) {
    const auto left = half_of(a_format, a, first);
    const auto right = half_of(b_format, b, first);
    sum = fused_dot(model.step, {kF16, left}, {kF16, right}, sum);
  }
  return add(model.accumulator, c, sum);
}

Status check_operands(const TensorCoreModel& model, Format a, Format b) {
  for (const Format format : {a, b}) {
    if (!takes(model.operands, format))
      return fail(ErrorCode::usage, "{}: operands are {}, not {}", model.name, model.operands,
                  format_info(format).name);
  }
  return {};
}

}  // namespace

Result<const TensorCoreModel*> resolve_tensor_core(std::string_view target,
                                                   MmaInstruction instruction, Format a, Format b,
                                                   Format accumulator) {
  std::string_view number = target;
  while (!number.empty() && (number.back() == 'a' || number.back() == 'f'))
    number.remove_suffix(1);
  std::vector<std::string> names;
  for (const TensorCoreModel& model : tensor_core_models()) {
    if (model.target != number) continue;
    names.push_back(model.name);
    if (model.instruction == instruction && model.accumulator == accumulator &&
        takes(model.operands, a) && takes(model.operands, b))
      return &model;
  }
  if (names.empty()) return fail(ErrorCode::usage, "{}: no tensor-core model for it", target);
  return fail(ErrorCode::usage, "{}: no {} with {} and {} operands and a {} accumulator; it has {}",
              target, mma_instruction_name(instruction), format_info(a).name, format_info(b).name,
              format_info(accumulator).name, fmt::join(names, ", "));
}

Result<std::uint32_t> tensor_core_dot(const TensorCoreModel& model, Format a_format,
                                      std::span<const std::uint32_t> a, Format b_format,
                                      std::span<const std::uint32_t> b, std::uint32_t c) {
  ASSAY_TRY(check_operands(model, a_format, b_format));
  if (a.size() != b.size())
    return fail(ErrorCode::usage, "{}: {} and {} elements: must be as many", model.name, a.size(),
                b.size());
  if (model.lowering == MmaLowering::fused) {
    return fused_dot(model.step, {format_info(a_format).layout, a},
                     {format_info(b_format).layout, b}, c);
  }
  if (a.size() % (kFp8Products / 2) != 0)
    return fail(ErrorCode::usage, "{}: {} elements: must be a multiple of {}", model.name, a.size(),
                kFp8Products / 2);
  for (std::size_t begin = 0; begin < a.size(); begin += kFp8Products) {
    const std::size_t count = std::min(kFp8Products, a.size() - begin);
    c = two_f16_mmas(model, a_format, a.subspan(begin, count), b_format, b.subspan(begin, count),
                     c);
  }
  return c;
}

}  // namespace assay
