// SPDX-License-Identifier: Apache-2.0
// NVFP4 quantizer of rows: blocks of 16 values share an E4M3 scale, amax / 6; a thread a block
// reads four float4, eight packed conversions make eight bytes.
#include <cuda_fp4.h>
#include <cuda_fp8.h>

extern "C" __global__ void quantize_nvfp4(const float4* in, int blocks, uint2* codes,
                                          unsigned char* scales) {
  const int block = blockIdx.x * blockDim.x + threadIdx.x;
  if (block >= blocks) return;
  float4 v[4];
  float amax = 0.0f;
  for (int i = 0; i < 4; ++i) {
    v[i] = in[block * 4 + i];
    amax = fmaxf(amax,
                 fmaxf(fmaxf(fabsf(v[i].x), fabsf(v[i].y)), fmaxf(fabsf(v[i].z), fabsf(v[i].w))));
  }
  const __nv_fp8_storage_t scale =
      __nv_cvt_float_to_fp8(__fdiv_rn(amax, 6.0f), __NV_SATFINITE, __NV_E4M3);
  const float step = __half2float(__half(__nv_cvt_fp8_to_halfraw(scale, __NV_E4M3)));
  const float inverse = step == 0.0f ? 0.0f : __frcp_rn(step);
  unsigned packed[2] = {0, 0};
  for (int i = 0; i < 4; ++i) {
    const float2 low = {__fmul_rn(v[i].x, inverse), __fmul_rn(v[i].y, inverse)};
    const float2 high = {__fmul_rn(v[i].z, inverse), __fmul_rn(v[i].w, inverse)};
    const unsigned pair = __nv_cvt_float2_to_fp4x2(low, __NV_E2M1, cudaRoundNearest) |
                          __nv_cvt_float2_to_fp4x2(high, __NV_E2M1, cudaRoundNearest) << 8;
    packed[i / 2] |= pair << 16 * (i % 2);
  }
  codes[block] = make_uint2(packed[0], packed[1]);
  scales[block] = scale;
}
