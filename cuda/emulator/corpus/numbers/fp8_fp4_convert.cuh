// SPDX-License-Identifier: Apache-2.0
// NVIDIA's narrow-format conversions by name. In a kernel cuda_fp8.h, cuda_fp6.h and cuda_fp4.h
// turn them into cvt instructions; on the host they are NVIDIA's own integer code, which is the
// oracle.
#pragma once

#include <cuda_fp4.h>
#include <cuda_fp6.h>
#include <cuda_fp8.h>

#ifdef __CUDACC__
#define ASSAY_BOTH __host__ __device__
#else
#define ASSAY_BOTH
#endif

// From two binary32 values, their binary64, binary16 and bfloat16 relatives. `put` takes each
// result.
template <typename Put>
ASSAY_BOTH void encode_all(float a, float b, Put put) {
  const float2 pair = {a, b};
  const __half2_raw halves = __float22half2_rn(pair);
  const __nv_bfloat162_raw brains = __float22bfloat162_rn(pair);
  for (const __nv_fp8_interpretation_t kind : {__NV_E4M3, __NV_E5M2}) {
    put(__nv_cvt_float_to_fp8(a, __NV_SATFINITE, kind));
    put(__nv_cvt_float_to_fp8(a, __NV_NOSAT, kind));
    put(__nv_cvt_float2_to_fp8x2(pair, __NV_SATFINITE, kind));
    put(__nv_cvt_halfraw2_to_fp8x2(halves, __NV_SATFINITE, kind));
    put(__nv_cvt_bfloat16raw2_to_fp8x2(brains, __NV_SATFINITE, kind));
    put(__nv_cvt_double_to_fp8(static_cast<double>(a), __NV_SATFINITE, kind));
  }
  for (const __nv_fp6_interpretation_t kind : {__NV_E2M3, __NV_E3M2}) {
    put(__nv_cvt_float_to_fp6(a, kind, cudaRoundNearest));
    put(__nv_cvt_float2_to_fp6x2(pair, kind, cudaRoundNearest));
    put(__nv_cvt_halfraw2_to_fp6x2(halves, kind, cudaRoundNearest));
    put(__nv_cvt_bfloat16raw2_to_fp6x2(brains, kind, cudaRoundNearest));
  }
  put(__nv_cvt_float_to_fp4(a, __NV_E2M1, cudaRoundNearest));
  put(__nv_cvt_float2_to_fp4x2(pair, __NV_E2M1, cudaRoundNearest));
  put(__nv_cvt_halfraw2_to_fp4x2(halves, __NV_E2M1, cudaRoundNearest));
  put(__nv_cvt_bfloat16raw2_to_fp4x2(brains, __NV_E2M1, cudaRoundNearest));
  put(__nv_cvt_float_to_e8m0(a, __NV_SATFINITE, cudaRoundZero));
  put(__nv_cvt_float_to_e8m0(a, __NV_SATFINITE, cudaRoundPosInf));
  put(__nv_cvt_float2_to_e8m0x2(pair, __NV_SATFINITE, cudaRoundPosInf));
  put(__nv_cvt_bfloat162raw_to_e8m0x2(brains, __NV_SATFINITE, cudaRoundZero));
}
constexpr int kEncodings = 28;

// From 16 bits, taken as a pair of bytes.
template <typename Put>
ASSAY_BOTH void decode_all(unsigned bits, Put put) {
  const auto pair = static_cast<__nv_fp8x2_storage_t>(bits);
  const auto put_pair = [&](const __half2_raw& two) {
    put(static_cast<unsigned>(two.x) | static_cast<unsigned>(two.y) << 16);
  };
  put_pair(__nv_cvt_fp8x2_to_halfraw2(pair, __NV_E4M3));
  put_pair(__nv_cvt_fp8x2_to_halfraw2(pair, __NV_E5M2));
  // A byte of a 6-bit pair has two zero bits at its top.
  const auto six = static_cast<__nv_fp6x2_storage_t>(bits & 0x3F3Fu);
  put_pair(__nv_cvt_fp6x2_to_halfraw2(six, __NV_E2M3));
  put_pair(__nv_cvt_fp6x2_to_halfraw2(six, __NV_E3M2));
  put_pair(__nv_cvt_fp4x2_to_halfraw2(static_cast<__nv_fp4x2_storage_t>(bits), __NV_E2M1));
  const __nv_bfloat162_raw scales = __nv_cvt_e8m0x2_to_bf162raw(pair);
  put(static_cast<unsigned>(scales.x) | static_cast<unsigned>(scales.y) << 16);
}
constexpr int kDecodings = 6;
