// SPDX-License-Identifier: Apache-2.0
// The device paths of cuda_fp16.h and cuda_bf16.h, and fused multiply-adds, which only a device
// has.
#include "cuda/emulator/corpus/numbers/fp16_math.cuh"

template <typename T, typename T2>
__device__ void arithmetic(const unsigned* a, const unsigned* b, int count, unsigned* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  int row = 0;
  arithmetic_all<T>(reinterpret_cast<const T2*>(a)[i], reinterpret_cast<const T2*>(b)[i],
                    [&](unsigned result) { out[row++ * count + i] = result; });
}

extern "C" __global__ void half_arithmetic(const unsigned* a, const unsigned* b, int n,
                                           unsigned* out) {
  arithmetic<__half, __half2>(a, b, n, out);
}
extern "C" __global__ void brain_arithmetic(const unsigned* a, const unsigned* b, int n,
                                            unsigned* out) {
  arithmetic<__nv_bfloat16, __nv_bfloat162>(a, b, n, out);
}

extern "C" __global__ void half_convert(const unsigned* values, const int* integers, int count,
                                        unsigned* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  int row = 0;
  convert_all(__ushort_as_half(static_cast<unsigned short>(values[i])), integers[i],
              [&](unsigned result) { out[row++ * count + i] = result; });
}

extern "C" __global__ void half_fma(const __half2* a, const __half2* b, const __half2* c, int count,
                                    __half2* packed, __half* single) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  packed[i] = __hfma2(a[i], b[i], c[i]);
  single[i] = __hfma(__low2half(a[i]), __low2half(b[i]), __low2half(c[i]));
}
