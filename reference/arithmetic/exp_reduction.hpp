// SPDX-License-Identifier: Apache-2.0
// e^t = 2^k * e^r with an integer k and |r| at most ln(2)/2, but for a tiny excess: the first step
// of every exponential here. Source: Cody and Waite, "Software manual for the elementary
// functions", 1980, for a constant in words that leave room for exact products.
#pragma once

#include <bit>
#include <cstdint>

namespace assay {

// ln 2 in three words. The first two have 41 and 40 bits: their products with an integer below 2^12
// are exact.
constexpr double kLn2High = 0x1.62e42fefa3p-1;
constexpr double kLn2Middle = 0x0.9ef35793c7p-41;
constexpr double kLn2Low = 0x0.673007e5ed5e81p-81;

// t = k ln 2 + (high + low), but for k * kLn2Low, which is below |k| * 2^-82.
struct ReducedExponent {
  double k;
  double high;
  double low;
};

// t is a binary32 with |t| <= 256. All three are exact (high is a multiple of 2^-41 where k is not
// 0) and |high + low| < 0.3467.
inline ReducedExponent reduce_exponent(double t) {
  constexpr double log2_e = 0x1.71547652b82fep+0;
  constexpr double to_integer = 0x1.8p52;
  const double k = (t * log2_e + to_integer) - to_integer;
  return {k, t - k * kLn2High, -(k * kLn2Middle)};
}

// 2^k of an integer |k| < 1023: k + 1023 sits in the last bits of the sum.
inline double power_of_two(double k) {
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(k + (0x1.8p52 + 1023)) << 52);
}

}  // namespace assay
