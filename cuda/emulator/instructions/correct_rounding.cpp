// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/correct_rounding.hpp"

#include <limits>

namespace assay::emulator {
namespace {

struct Value {
  double value;
  bool is_inexact;
};

Value evaluate(RealFunction function, double x, mpfr_rnd_t direction) {
  mpfr_t real;
  mpfr_init2(real, std::numeric_limits<double>::digits);
  mpfr_set_d(real, x, MPFR_RNDN);
  const bool is_inexact = function(real, real, direction) != 0;
  const double value = mpfr_get_d(real, MPFR_RNDN);
  mpfr_clear(real);
  mpfr_free_cache2(MPFR_FREE_LOCAL_CACHE);  // the thread may end soon
  return {value, is_inexact};
}

}  // namespace

double exact_to_nearest(RealFunction function, double x) {
  return evaluate(function, x, MPFR_RNDN).value;
}

double exact_to_odd(RealFunction function, double x) {
  const auto [truncated, is_inexact] = evaluate(function, x, MPFR_RNDZ);
  return from_bits(bits_of(truncated) | (is_inexact ? 1 : 0));
}

}  // namespace assay::emulator
