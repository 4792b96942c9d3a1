// SPDX-License-Identifier: Apache-2.0
// MX blocks: 32 elements share an E8M0 scale 2^e. Which e an amax gives is a choice of four modes;
// the elements are then x / 2^e, rounded once, to nearest even, saturating. Sources: OCP MX 1.0,
// section 6.3 (floor); cuBLAS documentation, "1D Block Quantization" (rceil); PyTorch torchao,
// mx_formats/mx_tensor.py (all four names). docs/quantization.md has the formulas.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "reference/format/format.hpp"
#include "reference/result.hpp"

namespace assay {

inline constexpr std::int64_t kMxBlockSize = 32;

enum class ScaleMode : std::uint8_t { floor, ceil, even, rceil };
inline constexpr std::array<ScaleMode, 4> kScaleModes = {ScaleMode::floor, ScaleMode::ceil,
                                                         ScaleMode::even, ScaleMode::rceil};

std::string_view scale_mode_name(ScaleMode mode);
// Error (usage): unknown, with the nearest name and all of them.
Result<ScaleMode> parse_scale_mode(std::string_view name);

// The E8M0 code of a block for elements of format e2m1 or e4m3. Exponents below -127 become -127,
// so that zeros give 0x00; none exceeds 126. Precondition: amax is finite and not negative.
std::uint8_t mx_block_scale(ScaleMode mode, Format element, float amax);

}  // namespace assay
