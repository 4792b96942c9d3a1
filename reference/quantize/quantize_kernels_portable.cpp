// SPDX-License-Identifier: Apache-2.0
// The quantizers in plain C++: flat loops over a tile of blocks, because compilers vectorize those
// and not loops of 16.
#include <algorithm>
#include <array>
#include <bit>

#include "reference/format/cast_portable.hpp"
#include "reference/format/convert.hpp"
#include "reference/format/e2m1.hpp"
#include "reference/multiversion.hpp"
#include "reference/quantize/quantize_kernels.hpp"

namespace assay::portable {
namespace {

constexpr std::size_t kTileBlocks = 64;
constexpr std::size_t kTileElements = kTileBlocks * kBlock;
constexpr std::size_t kBlockBytes = kBlock / 2;

inline std::uint8_t encode_block_scale(float block_amax, float six_tensor_scales) {
  const float quotient = block_amax / six_tensor_scales;
  const float scale = quotient == 0 ? 1.0f : quotient;
  return encode<kE4m3Cast>(std::max(scale, kSmallestBlockScale));
}

ASSAY_MULTIVERSION
void quantize_tile(const float* weights, std::size_t blocks, float tensor_scale,
                   std::uint8_t* codes, std::uint8_t* block_scales) {
  std::array<float, kTileElements> steps;
  for (std::size_t block = 0; block < blocks; ++block) {
    std::uint32_t amax_bits = 0;
    for (std::size_t i = 0; i < kBlock; ++i) {
      const auto bits = std::bit_cast<std::uint32_t>(weights[block * kBlock + i]);
      amax_bits = std::max(amax_bits, bits & ~kF32SignBit);
    }
    block_scales[block] = encode_block_scale(std::bit_cast<float>(amax_bits), 6 * tensor_scale);
    const float step = decode<kE4m3>(block_scales[block]) * tensor_scale;
    std::fill_n(&steps[block * kBlock], kBlock, step);
  }
  std::array<std::uint8_t, kTileElements> element_codes;
  for (std::size_t i = 0; i < blocks * kBlock; ++i) {
    // Adding +0 turns -0 into +0 and changes nothing else: the recipe's sign is that of q < 0.
    element_codes[i] = encode<kE2m1Cast>(weights[i] / steps[i] + 0.0f);
  }
  for (std::size_t i = 0; i < blocks * kBlockBytes; ++i) {
    codes[i] = pack_e2m1x2(element_codes[2 * i], element_codes[2 * i + 1]);
  }
}

ASSAY_MULTIVERSION
void dequantize_tile(const std::uint8_t* codes, const std::uint8_t* block_scales,
                     std::size_t blocks, float tensor_scale, float* values) {
  std::array<float, kTileBlocks * kBlockBytes> steps;
  for (std::size_t block = 0; block < blocks; ++block) {
    std::fill_n(&steps[block * kBlockBytes], kBlockBytes,
                decode<kE4m3>(block_scales[block]) * tensor_scale);
  }
  for (std::size_t i = 0; i < blocks * kBlockBytes; ++i) {
    values[2 * i] = decode<kE2m1>(unpack_e2m1(codes[i], 0)) * steps[i];
    values[2 * i + 1] = decode<kE2m1>(unpack_e2m1(codes[i], 1)) * steps[i];
  }
}

}  // namespace

ASSAY_MULTIVERSION
void quantize_static_fp8(const float* values, std::size_t count, float scale, std::uint8_t* codes) {
  for (std::size_t i = 0; i < count; ++i)
    codes[i] = encode<kE4m3Cast>(values[i] / scale);
}

void quantize_nvfp4(const float* weights, std::size_t blocks, float tensor_scale,
                    std::uint8_t* codes, std::uint8_t* block_scales) {
  for (std::size_t block = 0; block < blocks; block += kTileBlocks) {
    quantize_tile(weights + block * kBlock, std::min(kTileBlocks, blocks - block), tensor_scale,
                  codes + block * kBlockBytes, block_scales + block);
  }
}

void dequantize_nvfp4(const std::uint8_t* codes, const std::uint8_t* block_scales,
                      std::size_t blocks, float tensor_scale, float* values) {
  for (std::size_t block = 0; block < blocks; block += kTileBlocks) {
    dequantize_tile(codes + block * kBlockBytes, block_scales + block,
                    std::min(kTileBlocks, blocks - block), tensor_scale, values + block * kBlock);
  }
}

}  // namespace assay::portable
