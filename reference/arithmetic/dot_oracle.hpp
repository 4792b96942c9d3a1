// SPDX-License-Identifier: Apache-2.0
// For tests: dots by other means than the library's. Values come from the formats' formulas in
// exact fixed point (__int128 in units of 2^-19), roundings from MPFR. Shares no code with the
// reference.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include <mpfr.h>

namespace assay::oracle {

__extension__ using Int128 = __int128;

// sign * significand * 2^exponent of a small binary format with subnormals, in units of
// 2^-unit_bits.
inline std::int64_t decode_units(int code, int exponent_bits, int fraction_bits, int bias,
                                 int unit_bits) {
  const int fraction = code & ((1 << fraction_bits) - 1);
  const int exponent = (code >> fraction_bits) & ((1 << exponent_bits) - 1);
  const int significand = exponent == 0 ? fraction : fraction + (1 << fraction_bits);
  const int power = (exponent == 0 ? 1 : exponent) - bias - fraction_bits + unit_bits;
  const auto magnitude = static_cast<std::int64_t>(std::ldexp(significand, power));
  return (code >> (exponent_bits + fraction_bits)) & 1 ? -magnitude : magnitude;
}
inline std::int64_t e4m3_units(int code) {
  return decode_units(code, 4, 3, 7, 9);
}
inline std::int64_t e2m1_half_units(int code) {
  return decode_units(code, 2, 1, 1, 1);
}

// One dot product as plain codes: x E4M3 [K], w E2M1 [K] (unpacked), s E4M3 [K / 16].
struct Dot {
  std::vector<std::uint8_t> x, w, s;

  Int128 term(std::size_t k) const {
    return Int128{e4m3_units(x[k])} * e2m1_half_units(w[k]) * e4m3_units(s[k / 16]);
  }
  Int128 exact_units() const {  // of 2^-19
    Int128 sum = 0;
    for (std::size_t k = 0; k < x.size(); ++k)
      sum += term(k);
    return sum;
  }
  std::int64_t block_units(std::size_t b) const {  // of 2^-10
    std::int64_t sum = 0;
    for (std::size_t k = 16 * b; k < 16 * b + 16; ++k)
      sum += e4m3_units(x[k]) * e2m1_half_units(w[k]);
    return sum;
  }
};

// units * 2^-fraction_bits rounded once to 24 bits. No subnormals occur: units are integers.
inline float round_units(Int128 units, int fraction_bits) {
  const bool negative = units < 0;
  const Int128 magnitude = negative ? -units : units;
  mpfr_t wide, rounded;
  mpfr_init2(wide, 128);
  mpfr_init2(rounded, 24);
  mpfr_set_ui(wide, static_cast<unsigned long>(magnitude >> 62), MPFR_RNDN);
  mpfr_mul_2ui(wide, wide, 62, MPFR_RNDN);
  mpfr_add_ui(wide, wide, static_cast<unsigned long>(magnitude & ((Int128{1} << 62) - 1)),
              MPFR_RNDN);
  mpfr_div_2ui(wide, wide, static_cast<unsigned long>(fraction_bits), MPFR_RNDN);
  mpfr_set(rounded, wide, MPFR_RNDN);
  const float value = mpfr_get_flt(rounded, MPFR_RNDN);
  mpfr_clears(wide, rounded, static_cast<mpfr_ptr>(nullptr));
  return negative ? -value : value;
}

inline float exact(const Dot& dot) {
  return round_units(dot.exact_units(), 19);
}

// acc = fma(fl(d_b), s_b, acc) with MPFR's fused multiply-add at 24 bits.
inline float block_fma(const Dot& dot) {
  mpfr_t d, s, acc;
  mpfr_inits2(24, d, s, acc, static_cast<mpfr_ptr>(nullptr));
  mpfr_set_zero(acc, 1);
  for (std::size_t b = 0; b < dot.s.size(); ++b) {
    mpfr_set_si_2exp(d, dot.block_units(b), -10, MPFR_RNDN);
    mpfr_set_si_2exp(s, e4m3_units(dot.s[b]), -9, MPFR_RNDN);
    mpfr_fma(acc, d, s, acc, MPFR_RNDN);
  }
  const float value = mpfr_get_flt(acc, MPFR_RNDN);
  mpfr_clears(d, s, acc, static_cast<mpfr_ptr>(nullptr));
  return value;
}

}  // namespace assay::oracle
