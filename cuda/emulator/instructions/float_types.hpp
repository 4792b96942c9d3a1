// SPDX-License-Identifier: Apache-2.0
// The floating-point types of registers: how a lane is held, its value, and rounding to it. NaN
// results are canonical: 0x7FFF of f16 and bf16 and 0x7FFFFFFF of f32, as PTX ISA 9.0 has them
// (9.7.3, 9.7.4); of f64, where payloads are left open, CUDA's own NaN (math_constants.h).
#pragma once

#include <bit>
#include <cstdint>

#include "cuda/emulator/instructions/lanewise.hpp"
#include "reference/format/convert.hpp"

namespace assay::emulator {

inline constexpr auto kNanF32 = std::bit_cast<float>(0x7FFFFFFFu);
inline constexpr auto kNanF64 = std::bit_cast<double>(std::uint64_t{0xFFF8'0000'0000'0000});

ASSAY_CALL std::uint32_t bits_of(float x) {
  return std::bit_cast<std::uint32_t>(x);
}
ASSAY_CALL std::uint64_t bits_of(double x) {
  return std::bit_cast<std::uint64_t>(x);
}
ASSAY_CALL float from_bits(std::uint32_t bits) {
  return std::bit_cast<float>(bits);
}
ASSAY_CALL double from_bits(std::uint64_t bits) {
  return std::bit_cast<double>(bits);
}

ASSAY_CALL float canonical(float x) {
  return x != x ? kNanF32 : x;
}
ASSAY_CALL double canonical(double x) {
  return x != x ? kNanF64 : x;
}

// Subnormal numbers become zeros of their sign.
ASSAY_CALL float flush(float x) {
  const std::uint32_t bits = bits_of(x);
  return (bits & 0x7F800000) == 0 ? from_bits(bits & 0x80000000) : x;
}

// IEEE rules with CUDA's NaN: what f16 and bf16 results follow.
constexpr CastRules cuda_rules(FloatFormat format, Rounding rounding = Rounding::rn) {
  CastRules rules = ieee(format);
  rules.positive_nan = rules.negative_nan = format.magnitude_mask();
  rules.rounding = rounding;
  if (rounding == Rounding::rz) rules.overflow = format.max_code();
  return rules;
}

// Integers, where code is written for both.
template <typename T>
struct Int {
  using Bits = T;
  ASSAY_CALL static T value(T x) { return x; }
};

struct F32 {
  using Bits = float;  // how a register holds it
  ASSAY_CALL static float value(float x) { return x; }
};

struct F64 {
  using Bits = double;
  ASSAY_CALL static double value(double x) { return x; }
};

struct F16 {
  using Bits = std::uint16_t;
  static constexpr FloatFormat kFormat = kF16;
  static constexpr std::uint16_t kOne = 0x3C00;
  // The exponent is moved by a multiplication, which is exact, subnormals included.
  ASSAY_CALL static float value(std::uint16_t bits) {
    const std::uint32_t magnitude = (bits & 0x7FFFu) << 13;
    const std::uint32_t special = 0x7F800000 | magnitude;
    const std::uint32_t number = bits_of(from_bits(magnitude) * 0x1p112f);
    const std::uint32_t sign = (bits & 0x8000u) << 16;
    return from_bits(sign | (magnitude >= 0x0F800000 ? special : number));
  }
};

struct Bf16 {
  using Bits = std::uint16_t;
  static constexpr FloatFormat kFormat = kBf16;
  static constexpr std::uint16_t kOne = 0x3F80;
  ASSAY_CALL static float value(std::uint16_t bits) { return from_bits(std::uint32_t{bits} << 16); }
};

// To nearest even, ties included; NaN canonical.
template <typename Half>
ASSAY_CALL std::uint16_t round_to(float x) {
  constexpr CastRules kRules = cuda_rules(Half::kFormat);
  return static_cast<std::uint16_t>(convert<kF32, Half::kFormat>(bits_of(x), kRules));
}

// Subnormal numbers of f16 (of bf16 there is no .ftz) become zeros of their sign.
ASSAY_CALL std::uint16_t flush(std::uint16_t bits) {
  return (bits & 0x7C00) == 0 ? static_cast<std::uint16_t>(bits & 0x8000) : bits;
}

// A source as instructions with and without .ftz read it.
template <typename Format, bool kFlush>
struct Flushed : Format {
  using typename Format::Bits;
  ASSAY_CALL static auto value(Bits bits) { return Format::value(kFlush ? flush(bits) : bits); }
};
template <typename Format>
struct Flushed<Format, false> : Format {};

}  // namespace assay::emulator
