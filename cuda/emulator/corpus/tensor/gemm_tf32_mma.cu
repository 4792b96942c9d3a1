// SPDX-License-Identifier: Apache-2.0
// C = A * B, binary32 rounded to TF32 (cvt.rna.tf32: to nearest, ties away), m16n8k8, and m16n8k4
// for a last half step.
#include "cuda/emulator/corpus/tensor/warp_tile.cuh"

template <int kCount>
__device__ void to_tf32(std::uint32_t (&values)[kCount]) {
  for (std::uint32_t& value : values)
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(value) : "f"(__uint_as_float(value)));
}

extern "C" __global__ void gemm_tf32_mma(const std::uint32_t* a, const std::uint32_t* b, float* c,
                                         int m, int n, int k) {
  float sums[4] = {};
  int start = 0;
  for (; start + 4 < k; start += 8) {
    std::uint32_t fragment_a[4], fragment_b[2];
    load_fragments<std::uint32_t, 2>(fragment_a, fragment_b, a, b, m, n, k, start);
    to_tf32(fragment_a);
    to_tf32(fragment_b);
    ASSAY_MMA("m16n8k8.row.col.f32.tf32.tf32.f32", "f", sums, fragment_a, fragment_b);
  }
  if (start < k) {
    std::uint32_t fragment_a[2], fragment_b[1];
    load_fragments<std::uint32_t, 1>(fragment_a, fragment_b, a, b, m, n, k, start);
    to_tf32(fragment_a);
    to_tf32(fragment_b);
    ASSAY_MMA_HALF("m16n8k4.row.col.f32.tf32.tf32.f32", "f", sums, fragment_a, fragment_b);
  }
  store_tile(c, sums, m, n);
}
