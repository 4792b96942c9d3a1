// SPDX-License-Identifier: Apache-2.0
// TensorRT's DynamicQuantize (IDynamicQuantizeLayer): block scales computed from the data. TensorRT
// documents the types and shapes but no formula for the scales; docs/quantization.md tells which
// rule stands here, why, and that hardware may differ. Elements are those of quantize_blocked with
// the scale as a reader of the result decodes it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "reference/quantize/blocked.hpp"
#include "reference/quantize/mx.hpp"
#include "reference/result.hpp"

namespace assay {

// All: b is the amax of a block. Errors (invalid_vectors, naming tensor and index): a NaN or
// infinite value, spans of other sizes than the grid tells, blocks of another shape than stated.

// NVFP4: blocks of 16 along the last or second-to-last dimension; block_scale = E4M3(fl(fl(b / 6) /
// double_quant_scale)), elements E2M1(fl(x / fl(block_scale * double_quant_scale))). Where that
// product is zero every element gets the zero of its sign. Also an error: a double_quant_scale that
// is not finite and > 0.
Status dynamic_quantize_nvfp4(const std::string& tensor, const BlockGrid& grid,
                              std::span<const float> values, float double_quant_scale,
                              std::span<std::uint8_t> codes, std::span<std::uint8_t> block_scales);

// MXFP8: blocks of 32 likewise; E8M0 scales by the mode (mx.hpp), elements E4M3(x / 2^e).
Status dynamic_quantize_mxfp8(const std::string& tensor, const BlockGrid& grid,
                              std::span<const float> values, ScaleMode mode,
                              std::span<std::uint8_t> codes, std::span<std::uint8_t> block_scales);

// FP8 with binary32 scales: blocks of any shape; scale = fl(b / 448), and 1 where that is zero;
// elements E4M3(fl(x / scale)).
Status dynamic_quantize_fp8(const std::string& tensor, const BlockGrid& grid,
                            std::span<const float> values, std::span<std::uint8_t> codes,
                            std::span<float> scales);

}  // namespace assay
