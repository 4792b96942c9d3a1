// SPDX-License-Identifier: Apache-2.0
// Small binary floating-point formats as data, and the two conversions that are total over them. A
// code is a sign bit above exponent_bits and fraction_bits; exponent field 0 holds the subnormals.
// Sources: OCP 8-bit Floating Point Specification (OFP8) 1.0, section 5; OCP Microscaling Formats
// (MX) 1.0, section 5.3; the saturating rules are those of NVIDIA's cuda_fp8.h and cuda_fp4.h.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace assay {

struct FloatFormat {
  int exponent_bits;
  int fraction_bits;
  int bias;
  std::uint8_t max_code;  // largest finite magnitude; magnitudes above it are NaN
  std::uint8_t nan_code;  // what every binary32 NaN becomes

  constexpr bool has_nan() const { return nan_code > max_code; }
  constexpr int sign_shift() const { return exponent_bits + fraction_bits; }
  // binary32's exponent field for the smallest normal value of this format.
  constexpr std::uint32_t min_exponent() const { return static_cast<std::uint32_t>(128 - bias); }
};

inline constexpr FloatFormat kE4m3{4, 3, 7, 0x7E, 0x7F};
inline constexpr FloatFormat kE2m1{2, 1, 1, 0x7, 0x7};

inline constexpr std::uint32_t kF32SignBit = 0x80000000;
inline constexpr std::uint32_t kF32Infinity = 0x7F800000;
inline constexpr std::uint32_t kF32QuietNaN = 0x7FC00000;
inline constexpr int kF32FractionBits = 23;

// |code| in units of the smallest subnormal, exact.
template <FloatFormat F>
constexpr std::uint32_t magnitude_units(std::uint8_t code) {
  const std::uint32_t magnitude = code & ((1u << F.sign_shift()) - 1);
  const std::uint32_t exponent = magnitude >> F.fraction_bits;
  const std::uint32_t fraction = magnitude & ((1u << F.fraction_bits) - 1);
  const std::uint32_t is_normal = std::min(exponent, 1u);
  return (fraction + (is_normal << F.fraction_bits)) << (exponent - is_normal);
}

// A code's value; NaN codes give the quiet NaN. Exact: few significant bits times a power of two.
template <FloatFormat F>
constexpr float decode(std::uint8_t code) {
  constexpr auto kUnit =
      std::bit_cast<float>((F.min_exponent() - F.fraction_bits) << kF32FractionBits);
  const std::uint32_t units = magnitude_units<F>(code);
  const float magnitude = static_cast<float>(static_cast<std::int32_t>(units)) * kUnit;
  const std::uint32_t sign = ((code >> F.sign_shift()) & 1u) << 31;
  const bool is_nan = F.has_nan() && units > magnitude_units<F>(F.max_code);
  return std::bit_cast<float>(is_nan ? kF32QuietNaN
                                     : sign | std::bit_cast<std::uint32_t>(magnitude));
}

// Rounds to nearest even and saturates; a zero result keeps the sign. One formula serves normal and
// subnormal results, without a branch, so that loops over it vectorize: below the normal range each
// binade loses one more bit. Clamping before rounding is safe because max_code's value is exact.
template <FloatFormat F>
constexpr std::uint8_t encode(float value) {
  constexpr std::uint32_t kDropped = kF32FractionBits - F.fraction_bits;
  constexpr std::uint32_t kAllDropped = kF32FractionBits + 2;
  static_assert(F.min_exponent() > kAllDropped - kDropped, "binary32 subnormals round to zero");

  constexpr auto kMaxBits = std::bit_cast<std::uint32_t>(decode<F>(F.max_code));
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & ~kF32SignBit;
  const std::uint32_t clamped = std::min(magnitude, kMaxBits);
  const std::uint32_t exponent = clamped >> kF32FractionBits;
  const std::uint32_t base = std::max(exponent, F.min_exponent());
  const std::uint32_t shift = std::min(kDropped + base - exponent, kAllDropped);

  constexpr std::uint32_t kLeadingOne = 1u << kF32FractionBits;
  const std::uint32_t significand = (clamped & (kLeadingOne - 1)) | kLeadingOne;
  const std::uint32_t is_odd = (significand >> shift) & 1;
  const std::uint32_t rounded = (significand + (1u << (shift - 1)) - 1 + is_odd) >> shift;
  // A significand that rounds up to the next power of two carries into the exponent field.
  const std::uint32_t code = ((base - F.min_exponent()) << F.fraction_bits) + rounded;
  const std::uint32_t sign = (bits >> 31) << F.sign_shift();
  return static_cast<std::uint8_t>(magnitude > kF32Infinity ? F.nan_code : (sign | code));
}

}  // namespace assay
