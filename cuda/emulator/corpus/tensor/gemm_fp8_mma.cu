// SPDX-License-Identifier: Apache-2.0
// C = A * B, E4M3 and E5M2 in every pairing, binary32 out, m16n8k32.
#include "cuda/emulator/corpus/tensor/warp_tile.cuh"

#define ASSAY_FP8_GEMM(type_a, type_b)                                                     \
  extern "C" __global__ void gemm_##type_a##_##type_b(                                     \
      const std::uint8_t* a, const std::uint8_t* b, float* c, int m, int n, int k) {       \
    float sums[4] = {};                                                                    \
    for (int start = 0; start < k; start += 32) {                                          \
      std::uint32_t fragment_a[4], fragment_b[2];                                          \
      load_fragments<std::uint8_t, 2>(fragment_a, fragment_b, a, b, m, n, k, start);       \
      ASSAY_MMA("m16n8k32.row.col.f32." #type_a "." #type_b ".f32", "f", sums, fragment_a, \
                fragment_b);                                                               \
    }                                                                                      \
    store_tile(c, sums, m, n);                                                             \
  }

ASSAY_FP8_GEMM(e4m3, e4m3)
ASSAY_FP8_GEMM(e4m3, e5m2)
ASSAY_FP8_GEMM(e5m2, e4m3)
ASSAY_FP8_GEMM(e5m2, e5m2)
