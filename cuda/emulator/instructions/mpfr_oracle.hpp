// SPDX-License-Identifier: Apache-2.0
// For tests: exact real arithmetic and its rounding to a format, by MPFR. Sums, products and fused
// operations of binary64 numbers are exact in kExact bits; quotients and roots are not, but with so
// many bits they are as far from a rounding boundary as any that is not on one.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include <mpfr.h>

#include "reference/format/float_format.hpp"

namespace assay::emulator {

class Real {
 public:
  static constexpr mpfr_prec_t kExact = 4400;

  Real() { mpfr_init2(value_, kExact); }
  Real(double x) : Real() { mpfr_set_d(value_, x, MPFR_RNDN); }  // NOLINT: a number is a real one
  Real(const Real& other) : Real() { mpfr_set(value_, other.value_, MPFR_RNDN); }
  Real& operator=(const Real& other) {
    mpfr_set(value_, other.value_, MPFR_RNDN);
    return *this;
  }
  ~Real() { mpfr_clear(value_); }
  static Real of(std::int64_t x) {
    Real result;
    mpfr_set_sj(result.value_, x, MPFR_RNDN);
    return result;
  }
  static Real of(std::uint64_t x) {
    Real result;
    mpfr_set_uj(result.value_, x, MPFR_RNDN);
    return result;
  }

  mpfr_t& raw() { return value_; }
  bool is_nan() const { return mpfr_nan_p(value_) != 0; }
  bool is_zero() const { return mpfr_zero_p(value_) != 0; }

  friend Real operator+(const Real& a, const Real& b) { return apply(mpfr_add, a, b); }
  friend Real operator-(const Real& a, const Real& b) { return apply(mpfr_sub, a, b); }
  friend Real operator*(const Real& a, const Real& b) { return apply(mpfr_mul, a, b); }
  friend Real operator/(const Real& a, const Real& b) { return apply(mpfr_div, a, b); }
  static Real sqrt(const Real& a) { return apply(mpfr_sqrt, a); }
  // A function in 200 bits: of a binary32 number or shorter, transcendental values lie further from
  // every rounding boundary.
  static Real of(int (*function)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t), double x) {
    Real result;
    mpfr_set_prec(result.value_, 200);
    mpfr_set_d(result.value_, x, MPFR_RNDN);
    function(result.value_, result.value_, MPFR_RNDN);
    return result;
  }

  // To an integer in the direction, then as a code of the format: sign, exponent and fraction
  // fields. Overflow gives Inf or the largest number, as the direction has it. Not of NaN. A zero
  // keeps its sign.
  std::uint64_t code(const FloatFormat& format, mpfr_rnd_t direction) const;

 private:
  template <typename F>
  static Real apply(F f, const Real& a, const Real& b) {
    Real result;
    f(result.value_, a.value_, b.value_, MPFR_RNDN);
    return result;
  }
  template <typename F>
  static Real apply(F f, const Real& a) {
    Real result;
    f(result.value_, a.value_, MPFR_RNDN);
    return result;
  }

  mpfr_t value_;
};

inline std::uint64_t Real::code(const FloatFormat& format, mpfr_rnd_t direction) const {
  const bool is_negative = mpfr_signbit(value_) != 0;
  const std::uint64_t sign = std::uint64_t{is_negative} << format.sign_shift();
  if (is_zero()) return sign;
  const std::uint64_t infinity = format.infinity_code();
  if (mpfr_inf_p(value_) != 0) return sign | infinity;
  // value = m * 2^e with m in [1, 2); units of the last place of its binade, or of the subnormals.
  const long exponent = mpfr_get_exp(value_) - 1;
  const long lowest = 1 - format.bias;
  const long unit = std::max(exponent, lowest) - format.fraction_bits;
  Real units;
  mpfr_mul_2si(units.value_, value_, -unit, MPFR_RNDN);
  mpfr_abs(units.value_, units.value_, MPFR_RNDN);
  const mpfr_rnd_t of_magnitude = !is_negative             ? direction
                                  : direction == MPFR_RNDU ? MPFR_RNDD
                                  : direction == MPFR_RNDD ? MPFR_RNDU
                                                           : direction;
  mpfr_rint(units.value_, units.value_, of_magnitude);
  const std::uint64_t fraction = mpfr_get_uj(units.value_, MPFR_RNDN);
  const auto field = static_cast<std::uint64_t>(std::max(exponent, lowest) + format.bias - 1);
  const std::uint64_t magnitude = (field << format.fraction_bits) + fraction;
  if (magnitude < infinity) return sign | magnitude;
  const bool stops = of_magnitude == MPFR_RNDZ || of_magnitude == MPFR_RNDD;
  return sign | (stops ? infinity - 1 : infinity);
}

}  // namespace assay::emulator
