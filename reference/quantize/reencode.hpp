// SPDX-License-Identifier: Apache-2.0
// MXFP4 (E2M1, one E8M0 scale for 32 elements) and NVFP4 (E2M1, one E4M3 scale for 16 elements, one
// binary32 scale for the tensor) of the same values: the element codes stay, the scales are
// rewritten, nothing is rounded. Source: NVIDIA Model-Optimizer, numeric_utils
// (docs/quantization.md).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "reference/result.hpp"

namespace assay {

// Block exponents may span 17 binades: E4M3 holds the powers of two 2^-9 .. 2^8. With kmax the
// largest exponent of a block that has a nonzero element, tensor_scale_decode = 2^(kmax - 8) and
// each block scale is 2^(k - kmax + 8), twice in a row. Blocks of zeros take part in no span and
// get the scale 2^-9; a tensor of zeros gets tensor_scale_decode 1. Sizes: block_scales has two
// entries for each of e8m0_scales, codes 16 bytes for each. Errors (invalid_vectors, naming tensor
// and block): a NaN scale (0xFF), a span above 17.
Status mxfp4_to_nvfp4(const std::string& tensor, std::span<const std::uint8_t> codes,
                      std::span<const std::uint8_t> e8m0_scales,
                      std::span<std::uint8_t> block_scales, float* tensor_scale_decode);

// The inverse. A block of zeros takes part in nothing; two of them give the scale 0x00. Errors: the
// two scales of a pair differ, a scale is no power of two (blocks of zeros excepted), a scale is
// NaN or negative, the tensor scale is no power of two, an exponent lies outside E8M0.
Status nvfp4_to_mxfp4(const std::string& tensor, std::span<const std::uint8_t> codes,
                      std::span<const std::uint8_t> block_scales, float tensor_scale_decode,
                      std::span<std::uint8_t> e8m0_scales);

}  // namespace assay
