// SPDX-License-Identifier: Apache-2.0
// NVFP4 with double quantization: E2M1 elements, one E4M3 scale per block of 16 along the row, one
// binary32 tensor_scale_decode per matrix. value = e2m1 * block_scale * tensor_scale_decode.
// The recipe is ModelOpt's (NVIDIA/Model-Optimizer, modelopt/torch/quantization/qtensor/
// nvfp4_tensor.py, dynamic path); docs/numerics.md states it operation by operation.
#pragma once

#include <cstdint>
#include <span>

#include "reference/format/nvfp4_block.hpp"
#include "reference/ieee.hpp"
#include "reference/result.hpp"

namespace assay {

// Where quantize_nvfp4_modelopt writes one matrix of rows x columns.
struct Nvfp4MatrixDst {
  std::span<std::uint8_t> codes;         // rows * columns / 2, low nibble first
  std::span<std::uint8_t> block_scales;  // rows * columns / 16, E4M3
  float* tensor_scale_decode;            // one
};

// The tensor scale of the recipe: amax / 2688 in binary32, and 1 where that quotient is zero. A NaN
// or infinite amax passes through; quantize_nvfp4_modelopt refuses such weights before.
float nvfp4_tensor_scale_modelopt(float amax);

// Quantizes a row-major matrix whose row length is a multiple of 16. Elements: RNE, saturating to
// +-6; an element that divides to -0 gets code 0x0 (ModelOpt takes the sign from x < 0). Errors: a
// NaN or infinite weight (named by `tensor` and its index), a row length that is no multiple of 16.
Status quantize_nvfp4_modelopt(const char* tensor, std::span<const float> weights,
                               std::int64_t columns, Nvfp4MatrixDst dst);

// values[i] = e2m1 * fl(block_scale * tensor_scale_decode), each product rounded once; a NaN block
// scale gives NaN. Preconditions: values holds two elements for each byte of codes and 16 for each
// block scale.
void dequantize_nvfp4(std::span<const std::uint8_t> codes,
                      std::span<const std::uint8_t> block_scales, float tensor_scale_decode,
                      std::span<float> values);

}  // namespace assay
