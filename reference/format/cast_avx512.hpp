// SPDX-License-Identifier: Apache-2.0
// Sixteen casts at once with AVX-512 (method: cast_kernels.hpp), for the kernels of this path.
#pragma once

#include <immintrin.h>

#include "reference/format/cast_kernels.hpp"
#include "reference/simd_kernel.hpp"

namespace assay::avx512 {

ASSAY_AVX512 inline __m512i splat(std::uint32_t bits) {
  return _mm512_set1_epi32(static_cast<int>(bits));
}

ASSAY_AVX512 inline __m512i magnitude_bits(__m512 values) {
  return _mm512_and_si512(_mm512_castps_si512(values), splat(0x7FFFFFFF));
}

// The code of each value in the low bits of its lane.
template <CastConstants C>
ASSAY_AVX512 inline __m512i encode(__m512 values) {
  const __m512i magnitude = magnitude_bits(values);
  const __m512i clamped = _mm512_min_epu32(magnitude, splat(C.max_bits()));
  const __m512i normal_t =
      _mm512_slli_epi32(_mm512_sub_epi32(clamped, splat(C.normal_base())), C.normal_shift());
  const __m512 subnormal_t =
      _mm512_mul_ps(_mm512_castsi512_ps(clamped), _mm512_set1_ps(C.subnormal_factor()));
  const __mmask16 is_subnormal = _mm512_cmplt_epu32_mask(clamped, splat(C.min_normal_bits()));
  const __m512i t = _mm512_mask_cvttps_epi32(normal_t, is_subnormal, subnormal_t);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(t, 24), splat(1));
  const __m512i rounded = _mm512_add_epi32(_mm512_add_epi32(t, splat(0x7FFFFF)), odd);
  const __m512i sign = _mm512_and_si512(
      _mm512_srli_epi32(_mm512_castps_si512(values), C.sign_distance()), splat(C.sign_mask()));
  const __mmask16 is_number = _mm512_cmple_epu32_mask(magnitude, splat(0x7F800000));
  return _mm512_mask_srli_epi32(splat(C.nan_code), is_number, _mm512_or_si512(rounded, sign), 24);
}

// The lowest byte of each lane, in order; lanes hold 0..255.
ASSAY_AVX512 inline __m512i pack_bytes(__m512i a, __m512i b, __m512i c, __m512i d) {
  // The packs work within 128-bit lanes, hence the permutation.
  const __m512i bytes = _mm512_packus_epi16(_mm512_packus_epi32(a, b), _mm512_packus_epi32(c, d));
  return _mm512_permutexvar_epi32(
      _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), bytes);
}

// The kernels' loop: 64 values a step, the tail under a mask. `prepare` maps the values before they
// are cast.
template <CastConstants C, typename Prepare>
ASSAY_AVX512 inline void cast_array(const float* values, std::size_t count, std::uint8_t* codes,
                                    Prepare prepare) {
  std::size_t i = 0;
  for (; i + 64 <= count; i += 64) {
    const float* from = values + i;
    const __m512i bytes = pack_bytes(encode<C>(prepare(_mm512_loadu_ps(from))),
                                     encode<C>(prepare(_mm512_loadu_ps(from + 16))),
                                     encode<C>(prepare(_mm512_loadu_ps(from + 32))),
                                     encode<C>(prepare(_mm512_loadu_ps(from + 48))));
    _mm512_storeu_si512(codes + i, bytes);
  }
  for (; i < count; i += 16) {
    const std::size_t left = count - i;
    const auto mask = static_cast<__mmask16>(left < 16 ? (1u << left) - 1 : 0xFFFFu);
    const __m512 last = _mm512_maskz_loadu_ps(mask, values + i);
    _mm512_mask_cvtepi32_storeu_epi8(codes + i, mask, encode<C>(prepare(last)));
  }
}

struct AsTheyAre {
  ASSAY_AVX512 __m512 operator()(__m512 values) const { return values; }
};

struct DividedBy {
  float divisor;
  ASSAY_AVX512 __m512 operator()(__m512 values) const {
    return _mm512_div_ps(values, _mm512_set1_ps(divisor));
  }
};

}  // namespace assay::avx512
