// SPDX-License-Identifier: Apache-2.0
// E2M1 (float4_e2m1fn): 1 sign, 2 exponent (bias 1), 1 fraction bit; values 0 .5 1 1.5 2 3 4 6 and
// their negatives, no infinity, no NaN. Source: OCP Microscaling Formats (MX) 1.0, section 5.3.3;
// conversion rules as NVIDIA's cuda_fp4.h. Two codes share a byte, the even element in the low
// nibble.
#pragma once

#include <cstdint>
#include <span>

namespace assay {

inline constexpr float kE2m1Max = 6.0f;

// Rounds to nearest even, saturating: |value| > 6 and infinities give +-6 (0x7, 0xF), every NaN
// gives +6 (0x7), -0 and negative underflow give 0x8. The result is in 0..15. Integer arithmetic
// only.
std::uint8_t f32_to_e2m1(float value);

// Exact; reads the low nibble only. 0x8 gives -0.
float e2m1_to_f32(std::uint8_t code);

// Twice the value, exact (0 1 2 3 4 6 8 12 and negatives); -0 gives 0.
std::int32_t e2m1_to_half_units(std::uint8_t code);

// The same conversion over whole arrays (equal sizes, one code a byte), vectorized.
void f32_to_e2m1(std::span<const float> values, std::span<std::uint8_t> codes);

// low_nibble_first: element 2i in bits 0-3 of byte i, element 2i+1 in bits 4-7.
constexpr std::uint8_t pack_e2m1x2(std::uint8_t even_code, std::uint8_t odd_code) {
  return static_cast<std::uint8_t>((even_code & 0xF) | (odd_code << 4));
}
constexpr std::uint8_t unpack_e2m1(std::uint8_t byte, std::int64_t element) {
  return static_cast<std::uint8_t>((element % 2 == 0) ? byte & 0xF : byte >> 4);
}

}  // namespace assay
