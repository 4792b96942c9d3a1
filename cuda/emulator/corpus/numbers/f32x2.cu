// SPDX-License-Identifier: Apache-2.0
// Packed pairs of binary32 (add, mul, fma .f32x2, sm_100 and later) in every rounding mode, through
// NVIDIA's functions of sm_100_rt.h.
extern "C" __global__ void f32x2(const float2* a, const float2* b, const float2* c, int count,
                                 float2* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  const float2 x = a[i], y = b[i], z = c[i];
  int row = 0;
  const auto put = [&](float2 result) { out[row++ * count + i] = result; };
  put(__fadd2_rn(x, y));
  put(__fadd2_rz(x, y));
  put(__fadd2_ru(x, y));
  put(__fadd2_rd(x, y));
  put(__fmul2_rn(x, y));
  put(__fmul2_rz(x, y));
  put(__fmul2_ru(x, y));
  put(__fmul2_rd(x, y));
  put(__ffma2_rn(x, y, z));
  put(__ffma2_rz(x, y, z));
  put(__ffma2_ru(x, y, z));
  put(__ffma2_rd(x, y, z));
}
