// SPDX-License-Identifier: Apache-2.0
// Pairs of NVFP4 weights and of E4M3 activations as operands of mma.sync m16n8k16, and its sum of
// one scale group: C is zero, so the sum of 16 exact products is asked for, and it is exact.
#pragma once

#include <cuda_fp4.h>
#include <cuda_fp8.h>

#include "cuda/emulator/corpus/ptx.cuh"

__device__ inline std::uint32_t half_pair(__half2_raw pair) {
  return static_cast<std::uint32_t>(pair.x) | static_cast<std::uint32_t>(pair.y) << 16;
}
__device__ inline std::uint32_t weights(std::uint32_t byte) {
  return half_pair(__nv_cvt_fp4x2_to_halfraw2(static_cast<__nv_fp4x2_storage_t>(byte), __NV_E2M1));
}
__device__ inline std::uint32_t activations(std::uint32_t two_bytes) {
  return half_pair(
      __nv_cvt_fp8x2_to_halfraw2(static_cast<__nv_fp8x2_storage_t>(two_bytes), __NV_E4M3));
}
__device__ inline float scale(std::uint32_t byte) {
  return __half2float(
      __half(__nv_cvt_fp8_to_halfraw(static_cast<__nv_fp8_storage_t>(byte), __NV_E4M3)));
}

// sums[i] = fma(dot of one group, the scale of its row, sums[i]): rows g and g + 8 of the fragment.
__device__ inline void add_group(float (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                                 std::uint32_t b1, float scale_low, float scale_high) {
  float dots[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  mma_f16(dots, a, b0, b1);
  sums[0] = __fmaf_rn(dots[0], scale_low, sums[0]);
  sums[1] = __fmaf_rn(dots[1], scale_low, sums[1]);
  sums[2] = __fmaf_rn(dots[2], scale_high, sums[2]);
  sums[3] = __fmaf_rn(dots[3], scale_high, sums[3]);
}
