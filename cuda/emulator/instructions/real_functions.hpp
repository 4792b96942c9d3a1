// SPDX-License-Identifier: Apache-2.0
// For tests: functions of a binary32 number in binary64, within 2^-46 of the real number, from IEEE
// 754 operations and tables that MPFR fills; nothing from the C library, which the emulator uses.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include <mpfr.h>

#include "cuda/emulator/instructions/integer_functions.hpp"

namespace assay::emulator {

class RealFunctions {
 public:
  RealFunctions();

  double exp2(double x) const;
  double log2(double x) const;
  double sin(double x) const { return sine(x, 0); }
  double cos(double x) const { return sine(x, 1); }
  double tanh(double x) const;
  static double rsqrt(double x) { return 1 / std::sqrt(x); }

 private:
  static constexpr int kSteps = 256, kFirstExponent = -29, kLastExponent = 104;
  static constexpr double kLn2 = 0x1.62e42fefa39efp-1, kLog2E = 0x1.71547652b82fep0;
  static constexpr double kTwoPi = 0x1.921fb54442d18p2;

  // Of 24 bits; the first and the last lead powers of 2 to themselves.
  static double inverse(int step) {
    if (step == 0 || step == kSteps - 1) return step == 0 ? 1 : 0.5;
    return static_cast<float>(kSteps / (kSteps + step + 0.5));
  }
  static UInt128 turns_of(int exponent);
  double sine(double x, unsigned quarters) const;

  std::array<double, kSteps> powers_, inverses_, logarithms_;
  std::array<UInt128, kLastExponent - kFirstExponent + 1> turns_;
};

inline RealFunctions::RealFunctions() {
  mpfr_t x;
  mpfr_init2(x, 200);
  for (int i = 0; i < kSteps; ++i) {
    mpfr_set_d(x, i / double{kSteps}, MPFR_RNDN);
    mpfr_exp2(x, x, MPFR_RNDN);
    powers_[i] = mpfr_get_d(x, MPFR_RNDN);
    inverses_[i] = inverse(i);
    mpfr_set_d(x, inverses_[i], MPFR_RNDN);
    mpfr_log2(x, x, MPFR_RNDN);
    mpfr_si_sub(x, inverses_[i] < 0.7 ? -1 : 0, x, MPFR_RNDN);
    logarithms_[i] = mpfr_get_d(x, MPFR_RNDN);
  }
  mpfr_clear(x);
  for (int e = kFirstExponent; e <= kLastExponent; ++e)
    turns_[e - kFirstExponent] = turns_of(e);
}

// 2^exponent radians in turns: the fraction, in 2^-128.
inline UInt128 RealFunctions::turns_of(int exponent) {
  mpfr_t turns;
  mpfr_init2(turns, 400);
  mpfr_const_pi(turns, MPFR_RNDN);
  mpfr_ui_div(turns, 1, turns, MPFR_RNDN);
  mpfr_mul_2si(turns, turns, exponent - 1, MPFR_RNDN);
  UInt128 fraction = 0;
  for (int word = 0; word < 2; ++word) {
    mpfr_frac(turns, turns, MPFR_RNDN);
    mpfr_mul_2si(turns, turns, 64, MPFR_RNDN);
    fraction = fraction << 64 | mpfr_get_uj(turns, MPFR_RNDZ);
  }
  mpfr_clear(turns);
  return fraction;
}

// x = i / 256 + r: the table's value, and e^(r ln 2) by its series.
inline double RealFunctions::exp2(double x) const {
  if (x != x) return x;
  const double steps = std::rint(std::clamp(x, -300.0, 300.0) * kSteps);
  const auto i = static_cast<std::int64_t>(steps);
  const double t = (std::clamp(x, -300.0, 300.0) - steps / kSteps) * kLn2;
  const double series =
      1 + t * (1 + t * (1.0 / 2) * (1 + t * (1.0 / 3) * (1 + t * (1.0 / 4) * (1 + t * (1.0 / 5)))));
  const auto scale = static_cast<std::uint64_t>((i >> 8) + 1023) << 52;
  return powers_[i & (kSteps - 1)] * series * std::bit_cast<double>(scale);
}

// x = 2^e * m, m * inverses_[step] = 1 + r, exactly: e, the table's value, and log2(1 + r) by its
// series. Near 1, where only the last counts, the others are 0.
inline double RealFunctions::log2(double x) const {
  if (!(x > 0) || std::isinf(x)) return x < 0 || x != x ? NAN : x == 0 ? -INFINITY : x;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const int step = bits >> 44 & (kSteps - 1);
  const std::uint64_t unit = std::uint64_t{1023} << 52;
  const double m = std::bit_cast<double>((bits & ((std::uint64_t{1} << 52) - 1)) | unit);
  const int e = static_cast<int>(bits >> 52) - 1023 + (inverses_[step] < 0.7 ? 1 : 0);
  const double r = m * inverses_[step] - 1;
  double series = 0;
  for (int n = 8; n >= 1; --n)
    series = 1.0 / n - r * series;
  return e + logarithms_[step] + r * series * kLog2E;
}

// 24 bits of x times 2^e radians, modulo a turn, and from there the nearest quarter, exactly but
// for 2^-104 of a turn: no binary32 but 0 is nearer than 2^-35 to a multiple.
inline double RealFunctions::sine(double x, unsigned quarters) const {
  if (x - x != 0) return NAN;
  double angle = x;
  if (std::fabs(x) >= 0x1p-6) {
    const int e = static_cast<int>(std::bit_cast<std::uint64_t>(x) >> 52 & 0x7FF) - 1023 - 23;
    const auto m =
        static_cast<std::int64_t>(x * std::bit_cast<double>(std::uint64_t(1023 - e) << 52));
    const UInt128 turns = turns_[e - kFirstExponent] * static_cast<UInt128>(m);
    const UInt128 nearest = (turns + (UInt128{1} << 125)) >> 126;
    const UInt128 rest = turns - (nearest << 126);
    quarters += static_cast<unsigned>(nearest);
    const auto high = static_cast<std::int64_t>(static_cast<std::uint64_t>(rest >> 64));
    const auto low = static_cast<double>(static_cast<std::uint64_t>(rest));
    angle = (static_cast<double>(high) + low * 0x1p-64) * (0x1p-64 * kTwoPi);
  }
  const double square = angle * angle;
  double series = 1;
  if (quarters % 2 == 0) {
    for (int n = 18; n >= 2; n -= 2)
      series = 1 - square * (1.0 / (n * (n + 1))) * series;
    series *= angle;
  } else {
    for (int n = 18; n >= 2; n -= 2)
      series = 1 - square * (1.0 / (n * (n - 1))) * series;
  }
  return quarters % 4 < 2 ? series : -series;
}

// Lambert's continued fraction, or (1 - e^-2x) / (1 + e^-2x).
inline double RealFunctions::tanh(double x) const {
  if (std::fabs(x) < 0.35) {
    double fraction = 15;
    for (int n = 13; n >= 1; n -= 2)
      fraction = n + x * x / fraction;
    return x / fraction;
  }
  const double power = exp2(-2 * kLog2E * std::fabs(x));
  return std::copysign((1 - power) / (1 + power), x);
}

}  // namespace assay::emulator
