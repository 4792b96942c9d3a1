// SPDX-License-Identifier: Apache-2.0
// Standard normal values from random words, by a table of quantiles with linear interpolation. Only
// IEEE + - * / take part (no libm), so the bits are the same on every compiler and CPU. The tail is
// cut at 4.25: beyond |z| = 3.67 (the last of 4096 segments) values are spread evenly up to there.
#pragma once

#include <cstdint>
#include <span>

namespace assay {

inline constexpr float kNormalCut = 4.25f;

// values[i]: the sign from bit 31 of words[i], the segment from bits 30..19, the place in it from
// the rest. |value| <= kNormalCut; mean 0; variance within 0.1 % of 1. Equal sizes.
void normal_from_words(std::span<const std::uint32_t> words, std::span<float> values);

}  // namespace assay
