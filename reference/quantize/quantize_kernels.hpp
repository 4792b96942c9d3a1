// SPDX-License-Identifier: Apache-2.0
// The array loops of nvfp4.hpp and static_fp8.hpp, one for each path. Arithmetic on floats is IEEE
// 754's, each operation rounded by itself: one vector lane does what one scalar would.
#pragma once

#include <cstddef>
#include <cstdint>

#include "reference/format/nvfp4_block.hpp"

namespace assay {

inline constexpr auto kBlock = static_cast<std::size_t>(kNvfp4BlockSize);
inline constexpr float kSmallestBlockScale = 0x1p-9f;  // E4M3's smallest subnormal

inline constexpr std::size_t kBlockGroup = 16;

// codes[i] = E4M3(values[i] / scale).
using StaticFp8Kernel = void(const float* values, std::size_t count, float scale,
                             std::uint8_t* codes);

// Steps 2 and 3 of docs/numerics.md section 2, for finite weights and a multiple of kBlockGroup
// blocks.
using QuantizeNvfp4Kernel = void(const float* weights, std::size_t blocks, float tensor_scale,
                                 std::uint8_t* codes, std::uint8_t* block_scales);

// values[i] = e2m1 * fl(block_scale * tensor_scale).
using DequantizeNvfp4Kernel = void(const std::uint8_t* codes, const std::uint8_t* block_scales,
                                   std::size_t blocks, float tensor_scale, float* values);

namespace portable {
StaticFp8Kernel quantize_static_fp8;
QuantizeNvfp4Kernel quantize_nvfp4;
DequantizeNvfp4Kernel dequantize_nvfp4;
}  // namespace portable

namespace avx2 {
StaticFp8Kernel quantize_static_fp8;
QuantizeNvfp4Kernel quantize_nvfp4;
DequantizeNvfp4Kernel dequantize_nvfp4;
}  // namespace avx2

namespace avx512 {
StaticFp8Kernel quantize_static_fp8;
QuantizeNvfp4Kernel quantize_nvfp4;
DequantizeNvfp4Kernel dequantize_nvfp4;
}  // namespace avx512

}  // namespace assay
