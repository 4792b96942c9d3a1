// SPDX-License-Identifier: Apache-2.0
#include "reference/arithmetic/fused_sum.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>

namespace assay {
namespace {

constexpr std::uint32_t low_bits(int count) {
  return (1u << count) - 1;
}

// The layout of a result, which differs from its grid only under rz_e8m13.
struct ResultFormat {
  int stored_fraction_bits, kept_fraction_bits, min_exponent, max_exponent;
  std::uint32_t sign, infinity, nan;
};

constexpr ResultFormat result_format(SumRounding rounding) {
  if (rounding == SumRounding::rn_f16) return {10, 10, -14, 15, 0x8000, 0x7C00, 0x7FFF};
  const int kept = rounding == SumRounding::rz_f32 ? 23 : 13;
  return {23, kept, -126, 127, 0x80000000, 0x7F800000, 0x7FFFFFFF};
}

// To the left where count is negative; a zero may be asked to go any distance.
std::uint64_t shift_right(std::uint64_t magnitude, int count) {
  if (magnitude == 0 || count >= 64) return 0;
  return count >= 0 ? magnitude >> count : magnitude << -count;
}

std::uint64_t shift_right_to_nearest_even(std::uint64_t magnitude, int count) {
  if (count <= 0) return magnitude << -count;
  if (count >= 64) return 0;
  const std::uint64_t kept = magnitude >> count;
  const std::uint64_t dropped = magnitude & ((std::uint64_t{1} << count) - 1);
  const std::uint64_t half = std::uint64_t{1} << (count - 1);
  return kept + ((dropped > half || (dropped == half && (kept & 1) != 0)) ? 1 : 0);
}

// sum * 2^unit as bits of the result.
std::uint32_t round_sum(std::int64_t sum, int unit, SumRounding rounding) {
  if (sum == 0) return 0;
  const ResultFormat format = result_format(rounding);
  const auto magnitude = static_cast<std::uint64_t>(sum < 0 ? -sum : sum);
  const int exponent = static_cast<int>(std::bit_width(magnitude)) - 1 + unit;
  const std::uint32_t sign = sum < 0 ? format.sign : 0;
  if (exponent > format.max_exponent) return sign | format.infinity;

  const int base = std::max(exponent, format.min_exponent);
  const int shift = base - format.kept_fraction_bits - unit;
  const std::uint64_t kept = rounding == SumRounding::rn_f16
                                 ? shift_right_to_nearest_even(magnitude, shift)
                                 : shift_right(magnitude, shift);
  if (kept == 0) return 0;
  // The leading one of a normal result adds 1 to the exponent field, as does a carry out of
  // rounding, which may also reach infinity.
  const auto field = static_cast<std::uint32_t>(base - format.min_exponent);
  const auto fraction =
      static_cast<std::uint32_t>(kept << (format.stored_fraction_bits - format.kept_fraction_bits));
  return sign | ((field << format.stored_fraction_bits) + fraction);
}

int aligning_exponent(const FusedStep& step, const FusedTerm& term) {
  return term.is_zero ? step.zero_exponent : term.exponent;
}

FusedTermTrace trace_of(const FusedStep& step, const FusedTerm& term, int shift,
                        std::int64_t kept) {
  const int lost =
      term.significand == 0 ? 0 : std::max(0, shift - std::countr_zero(term.significand));
  return {term.negative,
          term.significand,
          term.exponent - term.fraction_bits,
          aligning_exponent(step, term),
          kept,
          lost};
}

std::uint32_t fuse(const FusedStep& step, std::span<const FusedTerm> terms, FusedStepTrace* trace) {
  int max_exponent = std::numeric_limits<int>::min();
  for (const FusedTerm& term : terms)
    max_exponent = std::max(max_exponent, aligning_exponent(step, term));
  const int unit = max_exponent - step.fraction_bits;
  std::int64_t sum = 0;
  for (const FusedTerm& term : terms) {
    const int shift = unit - (term.exponent - term.fraction_bits);
    const auto aligned = static_cast<std::int64_t>(shift_right(term.significand, shift));
    const std::int64_t kept = term.negative ? -aligned : aligned;
    sum += kept;
    if (trace != nullptr) trace->terms.push_back(trace_of(step, term, shift, kept));
  }
  if (trace != nullptr) {
    trace->max_exponent = max_exponent;
    trace->sum = sum;
  }
  return round_sum(sum, unit, step.rounding);
}

}  // namespace

UnpackedCode unpack(const FloatFormat& format, std::uint32_t word) {
  const std::uint32_t code = word >> format.padding_bits;
  const std::uint32_t fraction = code & low_bits(format.fraction_bits);
  const std::uint32_t field = (code >> format.fraction_bits) & low_bits(format.exponent_bits);
  const bool is_small = format.has_zero && field == 0;
  UnpackedCode result;
  result.term.negative = format.has_sign && ((code >> format.sign_shift()) & 1u) != 0;
  result.term.significand = is_small ? fraction : fraction | (1u << format.fraction_bits);
  result.term.exponent = static_cast<int>(is_small ? 1 : field) - format.bias;
  result.term.fraction_bits = format.fraction_bits;
  result.term.is_zero = result.term.significand == 0;
  const std::uint32_t magnitude = code & low_bits(format.sign_shift());
  if (magnitude > format.max_code()) result.kind = CodeKind::nan;
  if (format.has_infinity() && magnitude == format.infinity_code())
    result.kind = CodeKind::infinity;
  return result;
}

FusedTerm multiply(const FusedTerm& a, const FusedTerm& b) {
  return {a.negative != b.negative, a.significand * b.significand, a.exponent + b.exponent,
          a.fraction_bits + b.fraction_bits, a.is_zero || b.is_zero};
}

void SpecialOperands::add_product(const UnpackedCode& a, const UnpackedCode& b) {
  const bool has_nan = a.kind == CodeKind::nan || b.kind == CodeKind::nan;
  const bool has_infinity = a.kind == CodeKind::infinity || b.kind == CodeKind::infinity;
  is_nan_ |= has_nan || (has_infinity && (a.term.is_zero || b.term.is_zero));
  if (has_infinity) add_infinity(a.term.negative != b.term.negative);
}

void SpecialOperands::add(const UnpackedCode& c) {
  is_nan_ |= c.kind == CodeKind::nan;
  if (c.kind == CodeKind::infinity) add_infinity(c.term.negative);
}

const FloatFormat& accumulator_format(SumRounding rounding) {
  return rounding == SumRounding::rn_f16 ? kF16 : kF32;
}

std::uint32_t fused_sum(const FusedStep& step, std::span<const FusedTerm> terms,
                        const SpecialOperands& specials, FusedStepTrace* trace) {
  const ResultFormat format = result_format(step.rounding);
  if (trace != nullptr) trace->is_special = specials.is_nan() || specials.is_infinity();
  if (specials.is_nan()) return format.nan;
  if (specials.is_infinity()) return format.infinity | (specials.is_negative() ? format.sign : 0);
  return fuse(step, terms, trace);
}

}  // namespace assay
