// SPDX-License-Identifier: Apache-2.0
// C = A * B, bfloat16 in, binary32 out: m16n8k16, and m16n8k8 for a last half step.
#include "cuda/emulator/corpus/tensor/warp_tile.cuh"

extern "C" __global__ void gemm_bf16_mma(const std::uint16_t* a, const std::uint16_t* b, float* c,
                                         int m, int n, int k) {
  float sums[4] = {};
  int start = 0;
  for (; start + 8 < k; start += 16) {
    std::uint32_t fragment_a[4], fragment_b[2];
    load_fragments<std::uint16_t, 2>(fragment_a, fragment_b, a, b, m, n, k, start);
    ASSAY_MMA("m16n8k16.row.col.f32.bf16.bf16.f32", "f", sums, fragment_a, fragment_b);
  }
  if (start < k) {
    std::uint32_t fragment_a[2], fragment_b[1];
    load_fragments<std::uint16_t, 1>(fragment_a, fragment_b, a, b, m, n, k, start);
    ASSAY_MMA_HALF("m16n8k8.row.col.f32.bf16.bf16.f32", "f", sums, fragment_a, fragment_b);
  }
  store_tile(c, sums, m, n);
}
