// SPDX-License-Identifier: Apache-2.0
// Conversions of four values at once, and of scales, by the hardware's instructions through
// NVIDIA's headers (PTX ISA, cvt): .rn.satfinite to codes, exact to values.
#pragma once

#include "cuda/kernels/convert.cuh"

// E2M1 codes of four values, the first in the low nibble. Above 6 and Inf give 6, NaN +6, -0 0x8.
struct E2m1Codes {
  using Word = std::uint16_t;

  static __device__ Word encode(const float4& values) {
    const std::uint32_t low =
        __nv_cvt_float2_to_fp4x2({values.x, values.y}, __NV_E2M1, cudaRoundNearest);
    const std::uint32_t high =
        __nv_cvt_float2_to_fp4x2({values.z, values.w}, __NV_E2M1, cudaRoundNearest);
    return static_cast<Word>(low | high << 8);
  }

  static __device__ float4 decode(Word codes) {
    const float2 low = __half22float2(
        __half2(__nv_cvt_fp4x2_to_halfraw2(static_cast<__nv_fp4x2_storage_t>(codes), __NV_E2M1)));
    const float2 high = __half22float2(__half2(
        __nv_cvt_fp4x2_to_halfraw2(static_cast<__nv_fp4x2_storage_t>(codes >> 8), __NV_E2M1)));
    return {low.x, low.y, high.x, high.y};
  }
};

// E4M3 codes of four values, the first in the low byte. Above 448 and Inf give 448, NaN 0x7F.
struct E4m3Codes {
  using Word = std::uint32_t;

  static __device__ Word encode(const float4& values) {
    const std::uint32_t low =
        __nv_cvt_float2_to_fp8x2({values.x, values.y}, __NV_SATFINITE, __NV_E4M3);
    const std::uint32_t high =
        __nv_cvt_float2_to_fp8x2({values.z, values.w}, __NV_SATFINITE, __NV_E4M3);
    return low | high << 16;
  }

  static __device__ float4 decode(Word codes) {
    const float2 low = e4m3x2_to_f32x2(codes & 0xFFFFu), high = e4m3x2_to_f32x2(codes >> 16);
    return {low.x, low.y, high.x, high.y};
  }
};

// E4M3 of a scale, and its value.
__device__ inline std::uint32_t e4m3_of(float value) {
  return __nv_cvt_float_to_fp8(value, __NV_SATFINITE, __NV_E4M3);
}

__device__ inline float e4m3_value(std::uint32_t code) {
  return e4m3x2_to_f32x2(code).x;
}
