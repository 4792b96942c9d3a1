// SPDX-License-Identifier: Apache-2.0
// Functions of cuda_fp16.h and cuda_bf16.h that exist for host and device: instructions in a
// kernel, NVIDIA's host code in the oracle.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#ifdef __CUDACC__
#define ASSAY_BOTH __host__ __device__
#else
#define ASSAY_BOTH
#endif

ASSAY_BOTH inline unsigned bits_of(__half2 pair) {
  const __half2_raw raw = pair;
  return static_cast<unsigned>(raw.x) | static_cast<unsigned>(raw.y) << 16;
}
ASSAY_BOTH inline unsigned bits_of(__nv_bfloat162 pair) {
  const __nv_bfloat162_raw raw = pair;
  return static_cast<unsigned>(raw.x) | static_cast<unsigned>(raw.y) << 16;
}
ASSAY_BOTH inline unsigned bits_of(__half value) {
  return __half_as_ushort(value);
}
ASSAY_BOTH inline unsigned bits_of(__nv_bfloat16 value) {
  return __bfloat16_as_ushort(value);
}

// `T2` is the packed type of `T`.
template <typename T, typename T2, typename Put>
ASSAY_BOTH void arithmetic_all(T2 a, T2 b, Put put) {
  put(bits_of(__hadd2_rn(a, b)));
  put(bits_of(__hsub2_rn(a, b)));
  put(bits_of(__hmul2_rn(a, b)));
  put(bits_of(__hmin2(a, b)));
  put(bits_of(__hmax2(a, b)));
  put(bits_of(__hmin2_nan(a, b)));
  put(bits_of(__hmax2_nan(a, b)));
  put(bits_of(__hadd2_sat(a, b)));
  put(bits_of(__hmul2_sat(a, b)));
  put(bits_of(__hgt2(a, b)));
  put(__hequ2_mask(a, b));
  put(__hle2_mask(a, b));
  const T x = __low2half(a), y = __high2half(b);
  put(bits_of(__hadd_rn(x, y)));
  put(bits_of(__hmul_rn(x, y)));
  put(static_cast<unsigned>(__hlt(x, y)) | static_cast<unsigned>(__hne(x, y)) << 1 |
      static_cast<unsigned>(__hgeu(x, y)) << 2 | static_cast<unsigned>(__hisnan(x)) << 3);
}
constexpr int kArithmetic = 15;

// Names by which the template above finds the halves of a bfloat16 pair.
ASSAY_BOTH inline __nv_bfloat16 __low2half(__nv_bfloat162 pair) {
  return __low2bfloat16(pair);
}
ASSAY_BOTH inline __nv_bfloat16 __high2half(__nv_bfloat162 pair) {
  return __high2bfloat16(pair);
}

template <typename Put>
ASSAY_BOTH void convert_all(__half value, int integer, Put put) {
  put(static_cast<unsigned>(__half2int_rz(value)));
  put(__half2uint_rz(value));
  put(static_cast<unsigned>(static_cast<unsigned short>(__half2short_rz(value))));
  put(static_cast<unsigned>(__half2ll_rz(value)));
  put(bits_of(__int2half_rn(integer)));
  put(bits_of(__int2half_rz(integer)));
  put(bits_of(__int2half_ru(integer)));
  put(bits_of(__int2half_rd(integer)));
  put(bits_of(__uint2half_rn(static_cast<unsigned>(integer))));
  put(bits_of(__short2half_rn(static_cast<short>(integer))));
  put(bits_of(__int2bfloat16_rn(integer)));
  put(bits_of(__float2half_ru(static_cast<float>(integer) * 0.001f)));
  put(bits_of(__float2half_rd(static_cast<float>(integer) * 0.001f)));
  put(bits_of(__float2half_rz(static_cast<float>(integer) * 0.001f)));
  put(bits_of(__float2bfloat16_rz(static_cast<float>(integer) * 0.001f)));
}
constexpr int kConversions = 15;
