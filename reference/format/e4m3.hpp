// SPDX-License-Identifier: Apache-2.0
// E4M3 (float8_e4m3fn): 1 sign, 4 exponent (bias 7), 3 fraction bits; largest value 448, smallest
// subnormal 2^-9, no infinities, NaN 0x7F and 0xFF. Source: OCP 8-bit Floating Point Specification
// (OFP8) 1.0, section 5; conversion rules as NVIDIA's cuda_fp8.h with __NV_SATFINITE.
#pragma once

#include <cstdint>
#include <span>

namespace assay {

inline constexpr float kE4m3Max = 448.0f;
inline constexpr std::uint8_t kE4m3NaN = 0x7F;
// Every finite E4M3 value is an integer multiple of 2^-9: value = units / 512, |units| <= 229376.
inline constexpr int kE4m3UnitsPerOne = 512;

// Rounds to nearest even, saturating: |value| > 448 and infinities give +-448 (0x7E, 0xFE), every
// NaN gives 0x7F (its sign is dropped), -0 and negative underflow give 0x80. Integer arithmetic
// only.
std::uint8_t f32_to_e4m3(float value);

// Exact. 0x7F and 0xFF give the quiet NaN 0x7FC00000; 0x80 gives -0.
float e4m3_to_f32(std::uint8_t code);

// The value in units of 2^-9, exact; NaN codes give 0 (callers handle NaN before), -0 gives 0.
std::int32_t e4m3_to_units(std::uint8_t code);

inline constexpr bool is_e4m3_nan(std::uint8_t code) {
  return (code & 0x7F) == 0x7F;
}

// The same conversion over whole arrays (equal sizes), vectorized.
void f32_to_e4m3(std::span<const float> values, std::span<std::uint8_t> codes);

}  // namespace assay
