// SPDX-License-Identifier: Apache-2.0
// Correct rounding of functions of a real number, by A. Ziv's method (Fast Evaluation of Elementary
// Mathematical Functions with Correctly Rounded Last Bit, ACM TOMS 17, 1991): a binary64 value with
// a bounded error decides wherever both ends of the bound round alike. MPFR decides the rest: about
// one input in a million, and exact results that are ties.
#pragma once

#include <cstdint>

#include <mpfr.h>

#include "cuda/emulator/instructions/float_types.hpp"

namespace assay::emulator {

using RealFunction = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

// The function of a finite x in binary64; no subnormal result. To nearest even, or to odd: what is
// between two numbers becomes the one whose last bit is 1, so that rounding it once more, to at
// most 51 bits of significand, is rounding the real number.
double exact_to_nearest(RealFunction function, double x);
double exact_to_odd(RealFunction function, double x);

// Relative. What approximates must be nearer than half of it, so that there is room for the
// roundings of the bound's ends. glibc documents at most 2 ulp of binary64, 2^-51, for the
// functions that are used here.
inline constexpr double kZivBound = 0x1p-45;

// Function: approximate(x) in binary64, and kExact, the same of MPFR. `round`: monotonic, from
// binary64 to the result's type; NaN gives one code, and what is infinite or below the normal
// numbers of binary64 gives what numbers nearby give.
template <typename Function, typename Round>
ASSAY_CALL auto correctly_rounded(double x, Round round) {
  const double value = Function::approximate(x);
  const auto below = round(value * (1 - kZivBound));
  const auto above = round(value * (1 + kZivBound));
  const bool is_decided = __builtin_memcmp(&below, &above, sizeof below) == 0;
  if (__builtin_expect(is_decided, 1)) return below;
  return round(exact_to_odd(Function::kExact, x));
}

}  // namespace assay::emulator
