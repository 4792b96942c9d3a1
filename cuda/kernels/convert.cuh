// SPDX-License-Identifier: Apache-2.0
// Conversions between E2M1, E4M3, binary16 and binary32 by the hardware's instructions. All but
// quantize_e4m3 are exact.
#pragma once

#include <cstdint>

#include <cuda_fp16.h>
#include <cuda_fp4.h>
#include <cuda_fp8.h>

// The eight E2M1 codes of a word, low nibbles first, as binary16 values: pairs[i] of byte i. (PTX
// ISA, cvt. The headers' functions return halves apart, which costs two instructions a pair to put
// together again, and take bytes that must be cut out first; cvt reads any byte of a register.)
__device__ inline void e2m1x8_to_f16x2(std::uint32_t word, std::uint32_t (&pairs)[4]) {
  asm("{.reg .b8 b<4>; mov.b32 {b0, b1, b2, b3}, %4;\n"
      "cvt.rn.f16x2.e2m1x2 %0, b0; cvt.rn.f16x2.e2m1x2 %1, b1;\n"
      "cvt.rn.f16x2.e2m1x2 %2, b2; cvt.rn.f16x2.e2m1x2 %3, b3;}"
      : "=r"(pairs[0]), "=r"(pairs[1]), "=r"(pairs[2]), "=r"(pairs[3])
      : "r"(word));
}

// The four E4M3 codes of a word, low bytes first, as binary16 values.
__device__ inline void e4m3x4_to_f16x2(std::uint32_t word, std::uint32_t (&pairs)[2]) {
  asm("{.reg .b16 h<2>; mov.b32 {h0, h1}, %2;\n"
      "cvt.rn.f16x2.e4m3x2 %0, h0; cvt.rn.f16x2.e4m3x2 %1, h1;}"
      : "=r"(pairs[0]), "=r"(pairs[1])
      : "r"(word));
}

__device__ inline float2 f16x2_to_f32x2(std::uint32_t pair) {
  return __half22float2(__halves2half2(__ushort_as_half(static_cast<unsigned short>(pair)),
                                       __ushort_as_half(static_cast<unsigned short>(pair >> 16))));
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
