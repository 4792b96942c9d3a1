// SPDX-License-Identifier: Apache-2.0
// Integers throughout: at most 33 terms of less than 2^28 units each, so int64 holds every sum.
#include "reference/arithmetic/fused_dot.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <limits>

namespace assay {
namespace {

constexpr std::size_t kMaxProducts = 32;

// (-1)^negative * significand * 2^(exponent - fraction_bits). The exponent is the encoding's field:
// that of a zero or subnormal is the smallest normal's.
struct Term {
  bool negative = false;
  std::uint64_t significand = 0;
  int exponent = 0;
  int fraction_bits = 0;
};

enum class Kind : std::uint8_t { finite, infinity, nan };

struct Unpacked {
  Term term;
  Kind kind = Kind::finite;
};

constexpr std::uint32_t low_bits(int count) {
  return (1u << count) - 1;
}

Unpacked unpack(const FloatFormat& format, std::uint32_t word) {
  const std::uint32_t code = word >> format.padding_bits;
  const std::uint32_t fraction = code & low_bits(format.fraction_bits);
  const std::uint32_t field = (code >> format.fraction_bits) & low_bits(format.exponent_bits);
  Unpacked result;
  result.term.negative = ((code >> format.sign_shift()) & 1u) != 0;
  result.term.significand = field == 0 ? fraction : fraction | (1u << format.fraction_bits);
  result.term.exponent = static_cast<int>(std::max(field, 1u)) - format.bias;
  result.term.fraction_bits = format.fraction_bits;
  const std::uint32_t magnitude = code & low_bits(format.sign_shift());
  if (magnitude > format.max_code()) result.kind = Kind::nan;
  if (format.has_infinity() && magnitude == format.infinity_code()) result.kind = Kind::infinity;
  return result;
}

Term multiply(const Term& a, const Term& b) {
  return {a.negative != b.negative, a.significand * b.significand, a.exponent + b.exponent,
          a.fraction_bits + b.fraction_bits};
}

// What the special operands of one step make of it: nothing, or a result that no sum is needed for.
class Specials {
 public:
  void add_product(const Unpacked& a, const Unpacked& b) {
    const bool has_nan = a.kind == Kind::nan || b.kind == Kind::nan;
    const bool has_infinity = a.kind == Kind::infinity || b.kind == Kind::infinity;
    const bool has_zero = a.term.significand == 0 || b.term.significand == 0;
    is_nan_ |= has_nan || (has_infinity && has_zero);
    if (has_infinity) add_infinity(a.term.negative != b.term.negative);
  }
  void add(const Unpacked& c) {
    is_nan_ |= c.kind == Kind::nan;
    if (c.kind == Kind::infinity) add_infinity(c.term.negative);
  }

  bool is_nan() const { return is_nan_ || (has_infinity_[0] && has_infinity_[1]); }
  bool is_infinity() const { return !is_nan() && (has_infinity_[0] || has_infinity_[1]); }
  bool is_negative() const { return has_infinity_[1]; }

 private:
  void add_infinity(bool negative) { has_infinity_[negative ? 1 : 0] = true; }

  bool is_nan_ = false;
  std::array<bool, 2> has_infinity_{};
};

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

int aligning_exponent(const FusedStep& step, const Term& term) {
  return term.significand == 0 ? step.zero_exponent : term.exponent;
}

FusedTermTrace trace_of(const FusedStep& step, const Term& term, int shift, std::int64_t kept) {
  const int lost =
      term.significand == 0 ? 0 : std::max(0, shift - std::countr_zero(term.significand));
  return {term.negative,
          term.significand,
          term.exponent - term.fraction_bits,
          aligning_exponent(step, term),
          kept,
          lost};
}

std::uint32_t fuse(const FusedStep& step, std::span<const Term> terms, FusedStepTrace* trace) {
  int max_exponent = std::numeric_limits<int>::min();
  for (const Term& term : terms)
    max_exponent = std::max(max_exponent, aligning_exponent(step, term));
  const int unit = max_exponent - step.fraction_bits;
  std::int64_t sum = 0;
  for (const Term& term : terms) {
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

std::uint32_t fused_step(const FusedStep& step, const MmaOperand& a, const MmaOperand& b,
                         std::uint32_t c, FusedStepTrace* trace) {
  std::array<Term, kMaxProducts + 1> terms;
  Specials specials;
  std::size_t count = 0;
  for (; count < a.codes.size(); ++count) {
    const Unpacked left = unpack(a.format, a.codes[count]);
    const Unpacked right = unpack(b.format, b.codes[count]);
    specials.add_product(left, right);
    terms[count] = multiply(left.term, right.term);
  }
  const Unpacked addend = unpack(step.rounding == SumRounding::rn_f16 ? kF16 : kF32, c);
  specials.add(addend);
  terms[count++] = addend.term;

  const ResultFormat format = result_format(step.rounding);
  if (trace != nullptr) trace->is_special = specials.is_nan() || specials.is_infinity();
  if (specials.is_nan()) return format.nan;
  if (specials.is_infinity()) return format.infinity | (specials.is_negative() ? format.sign : 0);
  return fuse(step, std::span(terms).first(count), trace);
}

}  // namespace

std::uint32_t fused_dot(const FusedStep& step, const MmaOperand& a, const MmaOperand& b,
                        std::uint32_t c, std::vector<FusedStepTrace>* trace) {
  assert(a.codes.size() == b.codes.size());
  assert(static_cast<std::size_t>(step.products) <= kMaxProducts);
  const auto length = static_cast<std::size_t>(step.products);
  for (std::size_t begin = 0; begin < a.codes.size(); begin += length) {
    const std::size_t count = std::min(length, a.codes.size() - begin);
    FusedStepTrace* traced = nullptr;
    if (trace != nullptr) traced = &trace->emplace_back(FusedStepTrace{c, 0, false, 0, 0, {}});
    c = fused_step(step, {a.format, a.codes.subspan(begin, count)},
                   {b.format, b.codes.subspan(begin, count)}, c, traced);
    if (traced != nullptr) traced->result = c;
  }
  return c;
}

}  // namespace assay
