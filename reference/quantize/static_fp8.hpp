// SPDX-License-Identifier: Apache-2.0
// Static FP8 quantization as TensorRT's IQuantizeLayer defines it: a true division by the scale,
// then saturation and rounding to E4M3 (TensorRT operator documentation, "Quantize").
#pragma once

#include <cstdint>
#include <span>

#include "reference/ieee.hpp"
#include "reference/result.hpp"

namespace assay {

// codes[i] = f32_to_e4m3(values[i] / scale); the quotient is a correctly rounded binary32 division.
// NaN gives 0x7F, +-Inf and overflow give +-448, -0 gives 0x80. Preconditions: spans of one size,
// scale positive and finite (check_positive_scale).
void quantize_static_fp8(std::span<const float> values, float scale, std::span<std::uint8_t> codes);

// An error naming `tensor` and `index` unless the scale is finite and > 0.
Status check_positive_scale(const char* tensor, std::int64_t index, float scale);

}  // namespace assay
