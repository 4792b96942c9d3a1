// SPDX-License-Identifier: Apache-2.0
// A number of about 106 bits as the unevaluated sum of two binary64. Every operation's relative
// error is below 2^-100, as long as nothing over- or underflows and a sum does not cancel. Source:
// T. J. Dekker, "A floating-point technique for extending the available precision", 1971. It uses
// no fused multiply-add, so that hardware without one runs the same few instructions.
#pragma once

#include <bit>
#include <cstdint>

namespace assay {

struct DoubleDouble {
  double high;
  double low;  // at most half an ulp of high
};

// a + b exactly; |a| >= |b| or a = 0.
inline DoubleDouble ordered_sum(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

// a + b exactly.
inline DoubleDouble exact_sum(double a, double b) {
  const double sum = a + b;
  const double b_part = sum - a;
  const double a_part = sum - b_part;
  return {sum, (a - a_part) + (b - b_part)};
}

// a split into two halves of at most 26 bits, so that products of halves are exact.
inline DoubleDouble split(double a) {
  const double scaled = a * (0x1p27 + 1);
  const double high = scaled - (scaled - a);
  return {high, a - high};
}

// a * b exactly.
inline DoubleDouble exact_product(double a, double b) {
  const double product = a * b;
  const auto [a_high, a_low] = split(a);
  const auto [b_high, b_low] = split(b);
  const double error =
      ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
  return {product, error};
}

inline DoubleDouble operator+(DoubleDouble a, double b) {
  const DoubleDouble sum = exact_sum(a.high, b);
  return ordered_sum(sum.high, sum.low + a.low);
}

inline DoubleDouble operator*(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble product = exact_product(a.high, b.high);
  return ordered_sum(product.high, product.low + (a.high * b.low + a.low * b.high));
}

inline DoubleDouble operator/(DoubleDouble a, DoubleDouble b) {
  const double quotient = a.high / b.high;
  const DoubleDouble product = exact_product(quotient, b.high);
  const double rest = (a.high - product.high) - product.low + (a.low - quotient * b.low);
  return ordered_sum(quotient, rest / b.high);
}

// The binary64 towards zero of a, with its last bit set where a is not a binary64. Rounding that to
// a narrower format rounds a correctly: a rounding to nearest in between could land on a tie.
inline double round_to_odd(DoubleDouble a) {
  const auto bits = std::bit_cast<std::uint64_t>(a.high);
  if (a.low == 0 || (bits & 1) != 0) return a.high;
  const bool away_from_zero = (a.low > 0) == (a.high > 0);
  return std::bit_cast<double>(away_from_zero ? bits + 1 : bits - 1);
}

}  // namespace assay
