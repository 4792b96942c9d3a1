// SPDX-License-Identifier: Apache-2.0
// Conversions between E2M1, E4M3, binary16 and binary32 by the hardware's instructions, through
// NVIDIA's headers. All but quantize_e4m3 are exact.
#pragma once

#include <cstdint>

#include <cuda_fp16.h>
#include <cuda_fp4.h>
#include <cuda_fp8.h>

__device__ inline std::uint32_t half_bits(__half2_raw pair) {
  return static_cast<std::uint32_t>(pair.x) | static_cast<std::uint32_t>(pair.y) << 16;
}

// Two E2M1 codes, the low nibble first, as two binary16 values.
__device__ inline std::uint32_t e2m1x2_to_f16x2(std::uint32_t byte) {
  return half_bits(__nv_cvt_fp4x2_to_halfraw2(static_cast<__nv_fp4x2_storage_t>(byte), __NV_E2M1));
}

// Two E4M3 codes, the low byte first, as two binary16 values.
__device__ inline std::uint32_t e4m3x2_to_f16x2(std::uint32_t two_bytes) {
  return half_bits(
      __nv_cvt_fp8x2_to_halfraw2(static_cast<__nv_fp8x2_storage_t>(two_bytes), __NV_E4M3));
}

__device__ inline float2 e4m3x2_to_f32x2(std::uint32_t two_bytes) {
  return __half22float2(
      __half2(__nv_cvt_fp8x2_to_halfraw2(static_cast<__nv_fp8x2_storage_t>(two_bytes), __NV_E4M3)));
}

// E4M3 of the correctly rounded quotient value / scale: to nearest even, saturating to 448; NaN
// gives 0x7F, -0 gives 0x80 (PTX ISA, cvt: .satfinite).
__device__ inline std::uint32_t quantize_e4m3(float value, float scale) {
  return __nv_cvt_float_to_fp8(__fdiv_rn(value, scale), __NV_SATFINITE, __NV_E4M3);
}
