// SPDX-License-Identifier: Apache-2.0
// SiLU, x * sigmoid(x) = x / (1 + e^-x), correctly rounded to binary32: the result is the binary32
// nearest to the real value (ties to even), so mathematics defines its bits and nothing else does.
#pragma once

#include <span>

#include "reference/ieee.hpp"

namespace assay {

// Total: +0 -> +0, -0 -> -0, +Inf -> +Inf, -Inf -> -0, every NaN -> the quiet NaN 0x7FC00000.
// Large negative x underflows through the subnormals to -0, rounding correctly all the way.
float silu(float x);

// y[i] = silu(x[i]), the same bits several times faster. The spans have one size; they may be the
// same memory, but not overlap otherwise.
void silu(std::span<const float> x, std::span<float> y);

}  // namespace assay
