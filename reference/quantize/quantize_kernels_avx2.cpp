// SPDX-License-Identifier: Apache-2.0
// The quantizers with AVX2: a block of weights is two vectors, and the scales of 8 blocks are one.
#include "reference/simd_kernel.hpp"

#if defined(__x86_64__)
#include <algorithm>
#include <array>

#include "reference/format/cast_avx2.hpp"
#include "reference/quantize/quantize_kernels.hpp"

namespace assay::avx2 {
namespace {

constexpr std::size_t kGroup = 8;  // blocks

// Merging two rows takes the larger of two halves of each and interleaves the results. After three
// steps, one row is left and holds the maximum of each first row, in order.
ASSAY_AVX2 inline __m256i merge_32(__m256i a, __m256i b) {
  return _mm256_max_epu32(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
}
ASSAY_AVX2 inline __m256i merge_64(__m256i a, __m256i b) {
  return _mm256_max_epu32(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
}
ASSAY_AVX2 inline __m256i merge_128(__m256i a, __m256i b) {
  return _mm256_max_epu32(_mm256_permute2x128_si256(a, b, 0x20),
                          _mm256_permute2x128_si256(a, b, 0x31));
}

// Magnitudes order as their bits do.
ASSAY_AVX2 inline __m256 block_amaxes(const float* weights) {
  __m256i rows[kGroup];
  for (std::size_t i = 0; i < kGroup; ++i) {
    rows[i] = _mm256_max_epu32(magnitude_bits(_mm256_loadu_ps(weights + i * kBlock)),
                               magnitude_bits(_mm256_loadu_ps(weights + i * kBlock + 8)));
  }
  for (std::size_t i = 0; i < 4; ++i)
    rows[i] = merge_32(rows[2 * i], rows[2 * i + 1]);
  return _mm256_castsi256_ps(merge_128(merge_64(rows[0], rows[1]), merge_64(rows[2], rows[3])));
}

ASSAY_AVX2 inline __m256i encode_block_scales(__m256 amaxes, float tensor_scale) {
  const __m256 quotient = _mm256_div_ps(amaxes, _mm256_set1_ps(6 * tensor_scale));
  const __m256 is_zero = _mm256_cmp_ps(quotient, _mm256_setzero_ps(), _CMP_EQ_OQ);
  const __m256 scale = _mm256_blendv_ps(quotient, _mm256_set1_ps(1), is_zero);
  return encode<kE4m3Cast>(_mm256_max_ps(scale, _mm256_set1_ps(kSmallestBlockScale)));
}

ASSAY_AVX2 inline __m256 decode_e4m3(__m256i codes) {
  const __m256i magnitude = _mm256_and_si256(codes, splat(0x7F));
  const __m256i sign = _mm256_slli_epi32(_mm256_and_si256(codes, splat(0x80)), 24);
  const __m256i normal = _mm256_add_epi32(_mm256_slli_epi32(magnitude, 20), splat(120u << 23));
  const __m256 subnormal =
      _mm256_mul_ps(_mm256_cvtepi32_ps(magnitude), _mm256_set1_ps(kSmallestBlockScale));
  const __m256i value = _mm256_blendv_epi8(normal, _mm256_castps_si256(subnormal),
                                           _mm256_cmpgt_epi32(splat(1u << 3), magnitude));
  const __m256i is_nan = _mm256_cmpeq_epi32(magnitude, splat(0x7F));
  return _mm256_castsi256_ps(
      _mm256_blendv_epi8(_mm256_or_si256(value, sign), splat(0x7FC00000), is_nan));
}

// What each element of a block is divided or multiplied by, for a group.
ASSAY_AVX2 inline void decode_steps(__m256i block_scales, float tensor_scale, float* steps) {
  _mm256_storeu_ps(steps, _mm256_mul_ps(decode_e4m3(block_scales), _mm256_set1_ps(tensor_scale)));
}

// Adding +0 turns -0 into +0 and changes nothing else: the recipe's sign is that of q < 0.
ASSAY_AVX2 inline __m256i encode_elements(const float* weights, float step) {
  const __m256 quotient = _mm256_div_ps(_mm256_loadu_ps(weights), _mm256_set1_ps(step));
  return encode<kE2m1Cast>(_mm256_add_ps(quotient, _mm256_setzero_ps()));
}

ASSAY_AVX2 inline __m128i pack_nibbles(__m256i bytes) {
  const __m256i words = _mm256_maddubs_epi16(bytes, _mm256_set1_epi16(0x1001));
  return _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

ASSAY_AVX2 inline void quantize_scales(const float* weights, float tensor_scale,
                                       std::uint8_t* block_scales, float* steps) {
  const __m256i scales = encode_block_scales(block_amaxes(weights), tensor_scale);
  const __m256i bytes = pack_bytes(scales, scales, scales, scales);
  _mm_storel_epi64(reinterpret_cast<__m128i*>(block_scales), _mm256_castsi256_si128(bytes));
  decode_steps(scales, tensor_scale, steps);
}

// Two blocks.
ASSAY_AVX2 inline void quantize_elements(const float* weights, const float* steps,
                                         std::uint8_t* codes) {
  const __m256i bytes =
      pack_bytes(encode_elements(weights, steps[0]), encode_elements(weights + 8, steps[0]),
                 encode_elements(weights + 16, steps[1]), encode_elements(weights + 24, steps[1]));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(codes), pack_nibbles(bytes));
}

// Four bytes of codes. The permutation reads only the low three bits of an index.
ASSAY_AVX2 inline __m256 decode_e2m1x8(const std::uint8_t* codes) {
  const __m256i bytes = _mm256_cvtepu8_epi64(_mm_loadu_si32(codes));
  const __m256i nibbles = _mm256_or_si256(bytes, _mm256_slli_epi64(bytes, 28));
  const __m256 magnitude =
      _mm256_permutevar8x32_ps(_mm256_setr_ps(0, .5f, 1, 1.5f, 2, 3, 4, 6), nibbles);
  const __m256i sign = _mm256_and_si256(_mm256_slli_epi32(nibbles, 28), splat(0x80000000));
  return _mm256_or_ps(magnitude, _mm256_castsi256_ps(sign));
}

}  // namespace

ASSAY_AVX2 void quantize_static_fp8(const float* values, std::size_t count, float scale,
                                    std::uint8_t* codes) {
  cast_array<kE4m3Cast>(values, count, codes, DividedBy{scale});
}

// A group's scales are one long chain of operations, so a tile's are computed before its elements:
// several chains overlap.
ASSAY_AVX2 void quantize_nvfp4(const float* weights, std::size_t blocks, float tensor_scale,
                               std::uint8_t* codes, std::uint8_t* block_scales) {
  constexpr std::size_t kTile = 8 * kGroup;
  std::array<float, kTile> steps;
  for (std::size_t first = 0; first < blocks; first += kTile) {
    const std::size_t last = std::min(blocks, first + kTile);
    for (std::size_t block = first; block < last; block += kGroup) {
      quantize_scales(weights + block * kBlock, tensor_scale, block_scales + block,
                      &steps[block - first]);
    }
    for (std::size_t block = first; block < last; block += 2) {
      quantize_elements(weights + block * kBlock, &steps[block - first],
                        codes + block * kBlock / 2);
    }
  }
}

ASSAY_AVX2 void dequantize_nvfp4(const std::uint8_t* codes, const std::uint8_t* block_scales,
                                 std::size_t blocks, float tensor_scale, float* values) {
  for (std::size_t first = 0; first < blocks; first += kGroup) {
    const std::size_t count = std::min(kGroup, blocks - first);
    std::array<std::uint8_t, kGroup> group_scales{};
    std::copy_n(block_scales + first, count, group_scales.begin());
    const auto* bytes = reinterpret_cast<const __m128i*>(group_scales.data());
    std::array<float, kGroup> steps;
    decode_steps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(bytes)), tensor_scale, steps.data());
    for (std::size_t i = 0; i < 2 * count; ++i) {
      const std::size_t element = first * kBlock + 8 * i;
      _mm256_storeu_ps(values + element, _mm256_mul_ps(decode_e2m1x8(codes + element / 2),
                                                       _mm256_set1_ps(steps[i / 2])));
    }
  }
}

}  // namespace assay::avx2
#endif
