// SPDX-License-Identifier: Apache-2.0
// The recipe of docs/numerics.md section 2, operation by operation: every operator between floats
// below is one rounding that the page names.
#include "reference/quantize/nvfp4.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>

#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"
#include "reference/format/float_format.hpp"
#include "reference/multiversion.hpp"

namespace assay {
namespace {

constexpr auto kBlock = static_cast<std::size_t>(kNvfp4BlockSize);
constexpr float kSmallestBlockScale = 1.0f / kE4m3UnitsPerOne;

std::uint32_t magnitude_bits(float value) {
  return std::bit_cast<std::uint32_t>(value) & ~kF32SignBit;
}

// Magnitudes order as their bits do, so one integer maximum finds amax and every NaN or infinity.
ASSAY_MULTIVERSION
std::uint32_t max_magnitude_bits(std::span<const float> values) {
  std::uint32_t bits = 0;
  for (const float value : values)
    bits = std::max(bits, magnitude_bits(value));
  return bits;
}

Status not_finite(const char* tensor, std::span<const float> weights) {
  const auto first = std::find_if(weights.begin(), weights.end(), [](float weight) {
    return magnitude_bits(weight) >= kF32Infinity;
  });
  return fail(ErrorCode::invalid_vectors, "{}[{}] = {}: a weight must be finite", tensor,
              first - weights.begin(), *first);
}

inline std::uint8_t encode_block_scale(float block_amax, float six_tensor_scales) {
  const float quotient = block_amax / six_tensor_scales;
  const float scale = quotient == 0 ? 1.0f : quotient;
  const float clamped = std::clamp(scale, kSmallestBlockScale, kE4m3Max);
  return encode<kE4m3>(clamped);
}

// Adding +0 turns -0 into +0 and changes nothing else: the recipe's sign is that of value < 0.
inline std::uint8_t encode_element(float quotient) {
  return encode<kE2m1>(quotient + 0.0f);
}

// Flat loops over a tile of blocks, because compilers vectorize those and not loops of 16.
constexpr std::size_t kTileBlocks = 64;
constexpr std::size_t kTileElements = kTileBlocks * kBlock;

ASSAY_MULTIVERSION
void quantize_tile(const float* weights, std::size_t blocks, float tensor_scale,
                   std::uint8_t* codes, std::uint8_t* block_scales) {
  std::array<float, kTileElements> steps;
  for (std::size_t block = 0; block < blocks; ++block) {
    std::uint32_t amax_bits = 0;
    for (std::size_t i = 0; i < kBlock; ++i) {
      amax_bits = std::max(amax_bits, magnitude_bits(weights[block * kBlock + i]));
    }
    const std::uint8_t code =
        encode_block_scale(std::bit_cast<float>(amax_bits), kE2m1Max * tensor_scale);
    block_scales[block] = code;
    const float step = decode<kE4m3>(code) * tensor_scale;
    std::fill_n(&steps[block * kBlock], kBlock, step);
  }
  std::array<std::uint8_t, kTileElements> element_codes;
  for (std::size_t i = 0; i < blocks * kBlock; ++i) {
    element_codes[i] = encode_element(weights[i] / steps[i]);
  }
  for (std::size_t i = 0; i < blocks * kBlock / 2; ++i) {
    codes[i] = pack_e2m1x2(element_codes[2 * i], element_codes[2 * i + 1]);
  }
}

void quantize_blocks(std::span<const float> weights, float tensor_scale, Nvfp4MatrixDst dst) {
  for (std::size_t block = 0; block < dst.block_scales.size(); block += kTileBlocks) {
    const std::size_t blocks = std::min(kTileBlocks, dst.block_scales.size() - block);
    quantize_tile(&weights[block * kBlock], blocks, tensor_scale, &dst.codes[block * kBlock / 2],
                  &dst.block_scales[block]);
  }
}

ASSAY_MULTIVERSION
void dequantize_tile(const std::uint8_t* codes, const std::uint8_t* block_scales,
                     std::size_t blocks, float tensor_scale, float* values) {
  constexpr std::size_t kBlockBytes = kBlock / 2;
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

float nvfp4_tensor_scale_modelopt(float amax) {
  const float scale = amax / (kE2m1Max * kE4m3Max);
  return scale == 0 ? 1.0f : scale;
}

Status quantize_nvfp4_modelopt(const char* tensor, std::span<const float> weights,
                               std::int64_t columns, Nvfp4MatrixDst dst) {
  if (columns <= 0 || columns % kNvfp4BlockSize != 0) {
    return fail(ErrorCode::invalid_vectors, "{}: {} columns: must be a positive multiple of {}",
                tensor, columns, kNvfp4BlockSize);
  }
  assert(dst.codes.size() * 2 == weights.size());
  assert(dst.block_scales.size() * kBlock == weights.size());
  const std::uint32_t amax_bits = max_magnitude_bits(weights);
  if (amax_bits >= kF32Infinity) return not_finite(tensor, weights);
  *dst.tensor_scale_decode = nvfp4_tensor_scale_modelopt(std::bit_cast<float>(amax_bits));
  quantize_blocks(weights, *dst.tensor_scale_decode, dst);
  return {};
}

void dequantize_nvfp4(std::span<const std::uint8_t> codes,
                      std::span<const std::uint8_t> block_scales, float tensor_scale_decode,
                      std::span<float> values) {
  assert(codes.size() * 2 == values.size());
  assert(block_scales.size() * kBlock == values.size());
  for (std::size_t block = 0; block < block_scales.size(); block += kTileBlocks) {
    const std::size_t blocks = std::min(kTileBlocks, block_scales.size() - block);
    dequantize_tile(&codes[block * kBlock / 2], &block_scales[block], blocks, tensor_scale_decode,
                    &values[block * kBlock]);
  }
}

}  // namespace assay
