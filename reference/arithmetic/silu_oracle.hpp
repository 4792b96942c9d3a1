// SPDX-License-Identifier: Apache-2.0
// The outside oracle of silu for sweeps over all inputs: the C library's binary64 exp decides each
// rounding that lies further than 2^-40 from a boundary (its error is below 2^-50), MPFR the rest.
#pragma once

#include <cmath>

#include "reference/arithmetic/mpfr_silu.hpp"

namespace assay {

// The 24 inputs whose results lie within a relative 2^-50 of a rounding boundary, nearest first.
inline constexpr std::uint32_t kHardSiluInputs[] = {
    0xb3800000, 0x34000000, 0x35400000, 0xb5400000, 0x36200000, 0xb6200000, 0x36600000, 0xb6600000,
    0x37100000, 0xb7100000, 0x37300000, 0xb7300000, 0x37500000, 0xb7500000, 0x37700000, 0xb7700000,
    0x38126c8e, 0xb8126c8e, 0x35e24630, 0xb5e24630, 0x3711c456, 0xb711c456, 0x37c6e079, 0xb7c6e079};

// Above 40, e^-x < 2^-57 cannot move the result off x; below -150 it is under half the smallest
// subnormal. Near 0, x/2 + x^2/4 lies above x/2 by less than a quarter ulp.
inline bool silu_is_obvious(float x) {
  return !(std::fabs(x) >= 0x1p-25f && x > -150 && x <= 40);
}

inline float obvious_silu(float x) {
  if (std::isnan(x)) return from_bits(0x7fc00000);
  if (x > 40) return x;
  if (x <= -150) return -0.0f;
  if (std::fabs(x) >= 0x1p-125f) return x / 2;
  const double smallest_units = std::ceil(x * 0x1p148);  // a tie goes up
  return std::copysign(static_cast<float>(smallest_units * 0x1p-149), x);
}

// Sets expected where the C library's exp settles the rounding.
inline bool settle_silu(float x, float& expected) {
  if (silu_is_obvious(x)) {
    expected = obvious_silu(x);
    return true;
  }
  const double y = x / (1 + std::exp(-static_cast<double>(x)));
  expected = static_cast<float>(y * (1 - 0x1p-40));
  return expected == static_cast<float>(y * (1 + 0x1p-40));
}

inline float expected_silu(float x, MpfrSilu& mpfr) {
  float expected = 0;
  return settle_silu(x, expected) ? expected : mpfr(x);
}

}  // namespace assay
