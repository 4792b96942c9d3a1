// SPDX-License-Identifier: Apache-2.0
// Binary floating-point formats as data. A code is a sign bit, where there is one, above an
// exponent field, a fraction field and bits that are always zero. Conversions are in convert.hpp;
// what each library does with values that do not fit is in cast_rules.hpp. Sources: IEEE 754-2019,
// section 3.4; OCP 8-bit Floating Point Specification (OFP8) 1.0, section 5; OCP Microscaling
// Formats (MX) 1.0, sections 5.3 and 5.4; TF32: PTX ISA, section "Alternate Floating-Point Data
// Formats".
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace assay {

// What the codes with the top exponent field hold besides finite values.
enum class TopExponent : std::uint8_t {
  finite,            // nothing
  one_nan,           // NaN where the fraction is all ones too
  infinity_and_nans  // nothing finite: Inf where the fraction is 0, else NaN, as IEEE 754
};

struct FloatFormat {
  int exponent_bits;
  int fraction_bits;
  int bias;
  TopExponent top = TopExponent::infinity_and_nans;
  bool has_sign = true;
  bool has_zero = true;  // exponent field 0 holds zero and the subnormals; else one more binade
  int padding_bits = 0;  // always zero, below the fraction

  constexpr bool has_nan() const { return top != TopExponent::finite; }
  constexpr bool has_infinity() const { return top == TopExponent::infinity_and_nans; }

  // Positions and codes below are of the code without its padding.
  constexpr int sign_shift() const { return exponent_bits + fraction_bits; }
  constexpr int bits() const { return sign_shift() + (has_sign ? 1 : 0); }
  constexpr std::uint64_t magnitude_mask() const { return (std::uint64_t{1} << sign_shift()) - 1; }
  constexpr std::uint64_t fraction_mask() const { return (std::uint64_t{1} << fraction_bits) - 1; }
  // Meaningful where has_infinity().
  constexpr std::uint64_t infinity_code() const { return magnitude_mask() - fraction_mask(); }
  // The largest finite magnitude.
  constexpr std::uint64_t max_code() const {
    return has_infinity() ? infinity_code() - 1 : magnitude_mask() - (has_nan() ? 1 : 0);
  }
  // The smallest magnitude of a normal number; smaller ones are zero and the subnormals.
  constexpr std::uint64_t min_normal_code() const {
    return has_zero ? std::uint64_t{1} << fraction_bits : 0;
  }
  // The positive quiet NaN with no payload. Meaningful where has_nan().
  constexpr std::uint64_t quiet_nan_code() const {
    return has_infinity() ? infinity_code() | (std::uint64_t{1} << (fraction_bits - 1))
                          : magnitude_mask();
  }

  bool operator==(const FloatFormat&) const = default;
};

inline constexpr FloatFormat kE2m1{2, 1, 1, TopExponent::finite};
inline constexpr FloatFormat kE2m3{2, 3, 1, TopExponent::finite};
inline constexpr FloatFormat kE3m2{3, 2, 3, TopExponent::finite};
inline constexpr FloatFormat kE4m3{4, 3, 7, TopExponent::one_nan};
inline constexpr FloatFormat kE5m2{5, 2, 15};
inline constexpr FloatFormat kUe4m3{4, 3, 7, TopExponent::one_nan, false};
inline constexpr FloatFormat kE8m0{8, 0, 127, TopExponent::one_nan, false, false};
inline constexpr FloatFormat kF16{5, 10, 15};
inline constexpr FloatFormat kBf16{8, 7, 127};
inline constexpr FloatFormat kTf32{
    .exponent_bits = 8, .fraction_bits = 10, .bias = 127, .padding_bits = 13};
inline constexpr FloatFormat kF32{8, 23, 127};
inline constexpr FloatFormat kF64{11, 52, 1023};

inline constexpr std::uint32_t kF32SignBit = 0x80000000;
inline constexpr std::uint32_t kF32Infinity = 0x7F800000;
inline constexpr std::uint32_t kF32QuietNaN = 0x7FC00000;
inline constexpr int kF32FractionBits = 23;

// |code| in units of the smallest subnormal, exact, for formats whose range is at most 2^32 units.
template <FloatFormat F>
constexpr std::uint32_t magnitude_units(std::uint8_t code) {
  static_assert(F.has_zero && F.fraction_bits + (1 << F.exponent_bits) <= 33);
  const std::uint32_t magnitude = code & static_cast<std::uint32_t>(F.magnitude_mask());
  const std::uint32_t exponent = magnitude >> F.fraction_bits;
  const std::uint32_t fraction = magnitude & static_cast<std::uint32_t>(F.fraction_mask());
  const std::uint32_t is_normal = std::min(exponent, 1u);
  return (fraction + (is_normal << F.fraction_bits)) << (exponent - is_normal);
}

// A small format's value; NaN codes give the quiet NaN. Exact: few significant bits times a power
// of two. (convert.hpp decodes every format; this one vectorizes on any machine.)
template <FloatFormat F>
constexpr float decode(std::uint8_t code) {
  constexpr auto kUnit = std::bit_cast<float>(
      static_cast<std::uint32_t>(128 - F.bias - F.fraction_bits) << kF32FractionBits);
  constexpr auto kMaxUnits = magnitude_units<F>(static_cast<std::uint8_t>(F.max_code()));
  const std::uint32_t units = magnitude_units<F>(code);
  const float magnitude = static_cast<float>(static_cast<std::int32_t>(units)) * kUnit;
  const std::uint32_t sign = F.has_sign ? ((code >> F.sign_shift()) & 1u) << 31 : 0;
  return std::bit_cast<float>(F.has_nan() && units > kMaxUnits
                                  ? kF32QuietNaN
                                  : sign | std::bit_cast<std::uint32_t>(magnitude));
}

}  // namespace assay
