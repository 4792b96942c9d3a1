// SPDX-License-Identifier: Apache-2.0
// C = A * B in integers: signed and unsigned bytes in every pairing, m16n8k32 and m16n8k16, sums
// that wrap and sums that saturate.
#include "cuda/emulator/corpus/tensor/warp_tile.cuh"

#define ASSAY_BYTE_GEMM(name, form)                                                  \
  extern "C" __global__ void name(const std::uint8_t* a, const std::uint8_t* b,      \
                                  const int* start_c, int* c, int m, int n, int k) { \
    const int lane = threadIdx.x % 32;                                               \
    int sums[4];                                                                     \
    for (int r = 0; r < 4; ++r)                                                      \
      sums[r] = start_c[lane % 4 * 2 + r % 2];                                       \
    for (int start = 0; start < k; start += 32) {                                    \
      std::uint32_t fragment_a[4], fragment_b[2];                                    \
      load_fragments<std::uint8_t, 2>(fragment_a, fragment_b, a, b, m, n, k, start); \
      ASSAY_MMA(form, "r", sums, fragment_a, fragment_b);                            \
    }                                                                                \
    store_tile(c, sums, m, n);                                                       \
  }

ASSAY_BYTE_GEMM(gemm_s8_s8, "m16n8k32.row.col.s32.s8.s8.s32")
ASSAY_BYTE_GEMM(gemm_s8_u8, "m16n8k32.row.col.s32.s8.u8.s32")
ASSAY_BYTE_GEMM(gemm_u8_s8, "m16n8k32.row.col.s32.u8.s8.s32")
ASSAY_BYTE_GEMM(gemm_u8_u8, "m16n8k32.row.col.s32.u8.u8.s32")
ASSAY_BYTE_GEMM(gemm_s8_s8_saturating, "m16n8k32.row.col.satfinite.s32.s8.s8.s32")

extern "C" __global__ void gemm_s8_short(const std::uint8_t* a, const std::uint8_t* b, int* c,
                                         int m, int n, int k) {
  int sums[4] = {};
  for (int start = 0; start < k; start += 16) {
    std::uint32_t fragment_a[2], fragment_b[1];
    load_fragments<std::uint8_t, 1>(fragment_a, fragment_b, a, b, m, n, k, start);
    ASSAY_MMA_HALF("m16n8k16.row.col.s32.s8.s8.s32", "r", sums, fragment_a, fragment_b);
  }
  store_tile(c, sums, m, n);
}
