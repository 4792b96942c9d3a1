// SPDX-License-Identifier: Apache-2.0
// The software stacks' own conversions to E2M1. All round to nearest even and saturate; they differ
// in the sign of zero and in NaN, which 0 / 0 and 0 * Inf produce where a scale has left binary32's
// range. Sources: docs/recipes.md, section "Element rules".
#pragma once

#include <cstdint>

#include "reference/format/convert.hpp"

namespace assay {

// PTX cvt.rn.satfinite.e2m1x2.f32: -0 gives 0x8, NaN gives +6 (0x7).
inline std::uint8_t cvt_e2m1(float value) {
  return encode<kE2m1>(value);
}

// ModelOpt's _cast_fp4: the sign is that of value < 0, so -0 gives 0x0; NaN gives +6. Adding +0
// turns -0 into +0 and changes nothing else.
inline std::uint8_t modelopt_cast_e2m1(float value) {
  return encode<kE2m1>(value + 0.0f);
}

// cast_to_fp4 of vLLM and compressed-tensors: the sign as ModelOpt's; NaN lies in none of its
// ranges and gives 0x0.
inline std::uint8_t compare_cast_e2m1(float value) {
  return value == value ? encode<kE2m1>(value + 0.0f) : std::uint8_t{0};
}

// torchao's f32_to_f4_unpacked: -0 gives 0x8. It has no rule for NaN: the bits of the quiet NaN
// 0x7FC00000 run through its integer arithmetic come out as 0x3.
inline std::uint8_t torchao_cast_e2m1(float value) {
  return value == value ? encode<kE2m1>(value) : std::uint8_t{3};
}

}  // namespace assay
