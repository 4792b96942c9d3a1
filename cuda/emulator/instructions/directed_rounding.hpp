// SPDX-License-Identifier: Apache-2.0
// Correct rounding in the directions of PTX (.rn .rz .rm .rp) to binary32, without touching the
// machine's rounding mode. An operation on binary32 operands is done in binary64 together with its
// exact error (Dekker, Knuth; of quotients and roots the remainder), then rounded to odd: the last
// bit says that something was lost. That number and the exact one lie between the same neighbours
// in binary32, so that one more rounding gives the right one (Boldo and Melquiond, Emulation of FMA
// and Correctly Rounded Sums, IEEE TC 2008). Nothing overflows or underflows on the way: products
// of binary32 numbers lie within 2^±300.
#pragma once

#include <bit>
#include <cstdint>

#include "cuda/emulator/instructions/float_types.hpp"

namespace assay::emulator {

enum class RoundingMode : std::uint8_t { rn, rz, rm, rp };

// A rounded number and what was lost; only the sign of `error` counts.
template <typename T>
struct WithError {
  T value, error;
};

template <typename T>
ASSAY_CALL WithError<T> two_sum(T a, T b) {
  const T sum = a + b;
  const T b_part = sum - a;
  return {sum, (a - (sum - b_part)) + (b - b_part)};
}

// An even significand whose number is inexact moves to its odd neighbour in the error's direction;
// errors that are NaN (of infinities) do not count.
template <typename T>
ASSAY_CALL T to_odd(WithError<T> x) {
  using Bits = decltype(bits_of(x.value));
  const Bits bits = bits_of(x.value);
  const bool is_negative = (bits >> (8 * sizeof(T) - 1)) != 0;
  const bool grows = is_negative ? x.error < 0 : x.error > 0;
  const bool shrinks = is_negative ? x.error > 0 : x.error < 0;
  const Bits is_even = ~bits & 1;
  return from_bits(bits + (grows ? is_even : Bits{0}) - (shrinks ? is_even : Bits{0}));
}

ASSAY_CALL float to_odd_float(double x) {
  const auto nearest = static_cast<float>(x);
  const double error = x - static_cast<double>(nearest);
  return to_odd(WithError<float>{nearest, error > 0 ? 1.0f : error < 0 ? -1.0f : 0.0f});
}

// NaN stays; overflow gives Inf or the largest number, as the direction has it.
ASSAY_CALL float narrow(double x, RoundingMode mode) {
  const auto nearest = static_cast<float>(x);
  const double back = nearest;
  const std::uint32_t bits = bits_of(nearest);
  const bool is_negative = (bits >> 31) != 0;
  const bool wants_above = mode == RoundingMode::rp || (mode == RoundingMode::rz && is_negative);
  const bool wants_below = mode == RoundingMode::rm || (mode == RoundingMode::rz && !is_negative);
  const bool up = wants_above && back < x;
  const bool down = wants_below && back > x;
  return from_bits(bits + (up != down && up != is_negative ? 1u : 0u) -
                   (up != down && up == is_negative ? 1u : 0u));
}

// A sum that is exactly zero: -0 where both summands are, and toward -Inf where one is (of x - x
// one is). `sum` is what rounding to nearest gives.
template <typename T>
ASSAY_CALL T with_zero_sign(T sum, T a, T b, RoundingMode mode) {
  using Bits = decltype(bits_of(sum));
  const Bits sign = (bits_of(a) | bits_of(b)) & (Bits{1} << (8 * sizeof(T) - 1));
  return mode == RoundingMode::rm && sum == 0 ? from_bits(sign) : sum;
}

ASSAY_CALL double sum_to_odd(double a, double b, RoundingMode mode) {
  const WithError<double> sum = two_sum(a, b);
  return with_zero_sign(to_odd(sum), a, b, mode);
}

ASSAY_CALL float add_rounded(float a, float b, RoundingMode mode) {
  return narrow(sum_to_odd(a, b, mode), mode);
}

ASSAY_CALL float multiply_rounded(float a, float b, RoundingMode mode) {
  return narrow(static_cast<double>(a) * static_cast<double>(b), mode);  // exact
}

ASSAY_CALL float fma_rounded(float a, float b, float c, RoundingMode mode) {
  return narrow(sum_to_odd(static_cast<double>(a) * static_cast<double>(b), c, mode), mode);
}

ASSAY_CALL float divide_rounded(float a, float b, RoundingMode mode) {
  const double dividend = a, divisor = b;
  const double quotient = dividend / divisor;
  const double remainder = __builtin_fma(-quotient, divisor, dividend);  // exact
  return narrow(to_odd(WithError<double>{quotient, divisor < 0 ? -remainder : remainder}), mode);
}

ASSAY_CALL float sqrt_rounded(float a, RoundingMode mode) {
  const double root = __builtin_sqrt(static_cast<double>(a));
  const double remainder = __builtin_fma(-root, root, static_cast<double>(a));  // exact
  return narrow(to_odd(WithError<double>{root, remainder}), mode);
}

}  // namespace assay::emulator
