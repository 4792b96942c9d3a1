// SPDX-License-Identifier: Apache-2.0
// Eight casts at once with AVX2 (method: cast_kernels.hpp), for the kernels of this path.
#pragma once

#include <algorithm>
#include <array>

#include <immintrin.h>

#include "reference/format/cast_kernels.hpp"
#include "reference/simd_kernel.hpp"

namespace assay::avx2 {

ASSAY_AVX2 inline __m256i splat(std::uint32_t bits) {
  return _mm256_set1_epi32(static_cast<int>(bits));
}

ASSAY_AVX2 inline __m256i magnitude_bits(__m256 values) {
  return _mm256_and_si256(_mm256_castps_si256(values), splat(0x7FFFFFFF));
}

// The code of each value in the low bits of its lane.
template <CastConstants C>
ASSAY_AVX2 inline __m256i encode(__m256 values) {
  const __m256i magnitude = magnitude_bits(values);
  const __m256i clamped = _mm256_min_epu32(magnitude, splat(C.max_bits()));
  const __m256i normal_t =
      _mm256_slli_epi32(_mm256_sub_epi32(clamped, splat(C.normal_base())), C.normal_shift());
  const __m256i subnormal_t = _mm256_cvttps_epi32(
      _mm256_mul_ps(_mm256_castsi256_ps(clamped), _mm256_set1_ps(C.subnormal_factor())));
  const __m256i is_subnormal = _mm256_cmpgt_epi32(splat(C.min_normal_bits()), clamped);
  const __m256i t = _mm256_blendv_epi8(normal_t, subnormal_t, is_subnormal);
  const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(t, 24), splat(1));
  const __m256i rounded = _mm256_add_epi32(_mm256_add_epi32(t, splat(0x7FFFFF)), odd);
  const __m256i sign = _mm256_and_si256(
      _mm256_srli_epi32(_mm256_castps_si256(values), C.sign_distance()), splat(C.sign_mask()));
  const __m256i is_nan = _mm256_cmpgt_epi32(magnitude, splat(0x7F800000));
  return _mm256_blendv_epi8(_mm256_srli_epi32(_mm256_or_si256(rounded, sign), 24),
                            splat(C.nan_code), is_nan);
}

// The lowest byte of each lane, in order; lanes hold 0..255.
ASSAY_AVX2 inline __m256i pack_bytes(__m256i a, __m256i b, __m256i c, __m256i d) {
  // The packs work within 128-bit lanes, hence the permutation.
  const __m256i bytes = _mm256_packus_epi16(_mm256_packus_epi32(a, b), _mm256_packus_epi32(c, d));
  return _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

template <CastConstants C, typename Prepare>
ASSAY_AVX2 inline void encode_32(const float* values, std::uint8_t* codes, Prepare prepare) {
  const __m256i bytes = pack_bytes(encode<C>(prepare(_mm256_loadu_ps(values))),
                                   encode<C>(prepare(_mm256_loadu_ps(values + 8))),
                                   encode<C>(prepare(_mm256_loadu_ps(values + 16))),
                                   encode<C>(prepare(_mm256_loadu_ps(values + 24))));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(codes), bytes);
}

// The kernels' loop: 32 values a step, the tail through a buffer of that size. `prepare` maps the
// values before they are cast.
template <CastConstants C, typename Prepare>
ASSAY_AVX2 inline void cast_array(const float* values, std::size_t count, std::uint8_t* codes,
                                  Prepare prepare) {
  std::size_t i = 0;
  for (; i + 32 <= count; i += 32)
    encode_32<C>(values + i, codes + i, prepare);
  if (i == count) return;
  std::array<float, 32> last_values{};
  std::array<std::uint8_t, 32> last_codes;
  std::copy(values + i, values + count, last_values.begin());
  encode_32<C>(last_values.data(), last_codes.data(), prepare);
  std::copy_n(last_codes.begin(), count - i, codes + i);
}

struct AsTheyAre {
  ASSAY_AVX2 __m256 operator()(__m256 values) const { return values; }
};

struct DividedBy {
  float divisor;
  ASSAY_AVX2 __m256 operator()(__m256 values) const {
    return _mm256_div_ps(values, _mm256_set1_ps(divisor));
  }
};

}  // namespace assay::avx2
