// SPDX-License-Identifier: Apache-2.0
// silu with a relative error below 2^-98. Among the x with |x| >= 2^-25 none has a result nearer
// than a relative 2^-77 to a rounding boundary of binary32 (the nearest is x = -2^-24), so this
// decides every rounding; silu_mpfr_test.cpp looks at all of them.
#pragma once

#include "reference/arithmetic/double_double.hpp"
#include "reference/arithmetic/exp_reduction.hpp"

namespace assay {

// 2^-25 <= |x| <= 128. Taylor's remainder of e^r, 0.3467^23 / 23!, is below 2^-109.
inline DoubleDouble silu_double_double(float x) {
  const auto [k, high, low] = reduce_exponent(-x);
  const DoubleDouble r = exact_sum(high, low) + -(k * kLn2Low);
  DoubleDouble p{1, 0};
  for (double n = 22; n >= 1; --n)
    p = p * r / DoubleDouble{n, 0} + 1;
  const double scale = power_of_two(k);
  return DoubleDouble{x, 0} / (DoubleDouble{p.high * scale, p.low * scale} + 1);
}

}  // namespace assay
