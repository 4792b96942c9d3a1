// SPDX-License-Identifier: Apache-2.0
// The quantizers with AVX-512: a block of weights is one vector, and the scales of 16 blocks are
// one.
#include "reference/simd_kernel.hpp"

#if defined(__x86_64__)
#include <algorithm>
#include <array>

#include "reference/format/cast_avx512.hpp"
#include "reference/quantize/quantize_kernels.hpp"

namespace assay::avx512 {
namespace {

constexpr std::size_t kGroup = 16;  // blocks

// Merging two rows takes the larger of two halves of each and interleaves the results. After four
// steps, one row is left and holds the maximum of each first row, in order.
ASSAY_AVX512 inline __m512i merge_32(__m512i a, __m512i b) {
  return _mm512_max_epu32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
}
ASSAY_AVX512 inline __m512i merge_64(__m512i a, __m512i b) {
  return _mm512_max_epu32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
}
ASSAY_AVX512 inline __m512i merge_128(__m512i a, __m512i b) {
  return _mm512_max_epu32(_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xDD));
}

// Magnitudes order as their bits do.
ASSAY_AVX512 inline __m512 block_amaxes(const float* weights) {
  __m512i rows[kGroup];
  for (std::size_t i = 0; i < kGroup; ++i)
    rows[i] = magnitude_bits(_mm512_loadu_ps(weights + i * kBlock));
  for (std::size_t i = 0; i < 8; ++i)
    rows[i] = merge_32(rows[2 * i], rows[2 * i + 1]);
  for (std::size_t i = 0; i < 4; ++i)
    rows[i] = merge_64(rows[2 * i], rows[2 * i + 1]);
  const __m512i low = merge_128(rows[0], rows[1]);
  return _mm512_castsi512_ps(merge_128(low, merge_128(rows[2], rows[3])));
}

ASSAY_AVX512 inline __m512i encode_block_scales(__m512 amaxes, float tensor_scale) {
  const __m512 quotient = _mm512_div_ps(amaxes, _mm512_set1_ps(6 * tensor_scale));
  const __mmask16 is_zero = _mm512_cmp_ps_mask(quotient, _mm512_setzero_ps(), _CMP_EQ_OQ);
  const __m512 scale = _mm512_mask_mov_ps(quotient, is_zero, _mm512_set1_ps(1));
  return encode<kE4m3Cast>(_mm512_max_ps(scale, _mm512_set1_ps(kSmallestBlockScale)));
}

ASSAY_AVX512 inline __m512 decode_e4m3(__m512i codes) {
  const __m512i magnitude = _mm512_and_si512(codes, splat(0x7F));
  const __m512i sign = _mm512_slli_epi32(_mm512_and_si512(codes, splat(0x80)), 24);
  const __m512i normal = _mm512_add_epi32(_mm512_slli_epi32(magnitude, 20), splat(120u << 23));
  const __m512 value = _mm512_mask_mul_ps(
      _mm512_castsi512_ps(normal), _mm512_cmplt_epu32_mask(magnitude, splat(1u << 3)),
      _mm512_cvtepi32_ps(magnitude), _mm512_set1_ps(kSmallestBlockScale));
  const __mmask16 is_nan = _mm512_cmpeq_epu32_mask(magnitude, splat(0x7F));
  return _mm512_castsi512_ps(_mm512_mask_mov_epi32(
      _mm512_or_si512(_mm512_castps_si512(value), sign), is_nan, splat(0x7FC00000)));
}

// What each element of a block is divided or multiplied by, for a group.
ASSAY_AVX512 inline void decode_steps(__m512i block_scales, float tensor_scale, float* steps) {
  _mm512_storeu_ps(steps, _mm512_mul_ps(decode_e4m3(block_scales), _mm512_set1_ps(tensor_scale)));
}

// Adding +0 turns -0 into +0 and changes nothing else: the recipe's sign is that of q < 0.
ASSAY_AVX512 inline __m512i encode_elements(const float* weights, float step) {
  const __m512 quotient = _mm512_div_ps(_mm512_loadu_ps(weights), _mm512_set1_ps(step));
  return encode<kE2m1Cast>(_mm512_add_ps(quotient, _mm512_setzero_ps()));
}

ASSAY_AVX512 inline __m256i pack_nibbles(__m512i bytes) {
  return _mm512_cvtepi16_epi8(_mm512_maddubs_epi16(bytes, _mm512_set1_epi16(0x1001)));
}

ASSAY_AVX512 inline void quantize_scales(const float* weights, float tensor_scale,
                                         std::uint8_t* block_scales, float* steps) {
  const __m512i scales = encode_block_scales(block_amaxes(weights), tensor_scale);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(block_scales), _mm512_cvtepi32_epi8(scales));
  decode_steps(scales, tensor_scale, steps);
}

// Four blocks.
ASSAY_AVX512 inline void quantize_elements(const float* weights, const float* steps,
                                           std::uint8_t* codes) {
  const __m512i bytes =
      pack_bytes(encode_elements(weights, steps[0]), encode_elements(weights + kBlock, steps[1]),
                 encode_elements(weights + 2 * kBlock, steps[2]),
                 encode_elements(weights + 3 * kBlock, steps[3]));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(codes), pack_nibbles(bytes));
}

// The permutation reads only the low four bits of an index.
ASSAY_AVX512 inline __m512 decode_e2m1x16(const std::uint8_t* codes) {
  const __m512i bytes =
      _mm512_cvtepu8_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes)));
  const __m512i nibbles = _mm512_or_si512(bytes, _mm512_slli_epi64(bytes, 28));
  return _mm512_permutexvar_ps(
      nibbles, _mm512_setr_ps(0, .5f, 1, 1.5f, 2, 3, 4, 6, -0.0f, -.5f, -1, -1.5f, -2, -3, -4, -6));
}

}  // namespace

ASSAY_AVX512 void quantize_static_fp8(const float* values, std::size_t count, float scale,
                                      std::uint8_t* codes) {
  cast_array<kE4m3Cast>(values, count, codes, DividedBy{scale});
}

// A group's scales are one long chain of operations, so a tile's are computed before its elements:
// several chains overlap.
ASSAY_AVX512 void quantize_nvfp4(const float* weights, std::size_t blocks, float tensor_scale,
                                 std::uint8_t* codes, std::uint8_t* block_scales) {
  constexpr std::size_t kTile = 4 * kGroup;
  std::array<float, kTile> steps;
  for (std::size_t first = 0; first < blocks; first += kTile) {
    const std::size_t last = std::min(blocks, first + kTile);
    for (std::size_t block = first; block < last; block += kGroup) {
      quantize_scales(weights + block * kBlock, tensor_scale, block_scales + block,
                      &steps[block - first]);
    }
    for (std::size_t block = first; block < last; block += 4) {
      quantize_elements(weights + block * kBlock, &steps[block - first],
                        codes + block * kBlock / 2);
    }
  }
}

ASSAY_AVX512 void dequantize_nvfp4(const std::uint8_t* codes, const std::uint8_t* block_scales,
                                   std::size_t blocks, float tensor_scale, float* values) {
  for (std::size_t first = 0; first < blocks; first += kGroup) {
    const std::size_t count = std::min(kGroup, blocks - first);
    const auto mask = static_cast<__mmask16>((1u << count) - 1);
    const __m512i scales = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, block_scales + first));
    std::array<float, kGroup> steps;
    decode_steps(scales, tensor_scale, steps.data());
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t element = (first + i) * kBlock;
      _mm512_storeu_ps(values + element, _mm512_mul_ps(decode_e2m1x16(codes + element / 2),
                                                       _mm512_set1_ps(steps[i])));
    }
  }
}

}  // namespace assay::avx512
#endif
