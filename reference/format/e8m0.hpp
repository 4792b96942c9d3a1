// SPDX-License-Identifier: Apache-2.0
// E8M0 (float8_e8m0fnu): eight exponent bits (bias 127) and nothing else; values 2^-127 .. 2^127,
// no zero, no sign, NaN 0xFF. Source: OCP Microscaling Formats (MX) 1.0, section 5.4.1.
#pragma once

#include <bit>
#include <cstdint>

#include "reference/format/convert.hpp"

namespace assay {

inline constexpr int kE8m0Bias = 127;
inline constexpr std::uint8_t kE8m0NaN = 0xFF;

// Exact: 2^-127 is a subnormal of binary32. 0xFF gives the quiet NaN 0x7FC00000.
constexpr float e8m0_to_f32(std::uint8_t code) {
  return std::bit_cast<float>(convert<kE8m0, kF32>(code, ieee(kF32)));
}

}  // namespace assay
