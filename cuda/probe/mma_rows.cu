// SPDX-License-Identifier: Apache-2.0
// What mma.sync makes of single rows: one warp a row, which is row 0 of A; the column is column 0
// of B, and everything else is zero (PTX ISA, "Matrix Fragments for mma.m16n8k16", m16n8k8 and
// m16n8k32: in all of them lane p holds words p and p + 4 of the 32 bytes of row 0, and of column
// 0).
#include <cstdint>

namespace {

struct Operands {
  std::uint32_t a0, a2, b0, b1, row, lane;
};

__device__ Operands operands_of(const std::uint32_t* a, const std::uint32_t* b) {
  const std::uint32_t row = blockIdx.x, lane = threadIdx.x;
  if (lane >= 4) return {0, 0, 0, 0, row, lane};
  return {a[row * 8 + lane],
          a[row * 8 + lane + 4],
          b[row * 8 + lane],
          b[row * 8 + lane + 4],
          row,
          lane};
}

}  // namespace

#define ASSAY_ROWS_F32(name, instruction)                                                          \
  extern "C" __global__ void name(const std::uint32_t* a, const std::uint32_t* b, const float* c,  \
                                  float* d) {                                                      \
    const Operands x = operands_of(a, b);                                                          \
    float sums[4];                                                                                 \
    const float c0 = x.lane == 0 ? c[x.row] : 0.0f;                                                \
    asm volatile(instruction " {%0, %1, %2, %3}, {%4, %5, %6, %5}, {%7, %8}, {%9, %10, %10, %10};" \
                 : "=f"(sums[0]), "=f"(sums[1]), "=f"(sums[2]), "=f"(sums[3])                      \
                 : "r"(x.a0), "r"(0), "r"(x.a2), "r"(x.b0), "r"(x.b1), "f"(c0), "f"(0.0f));        \
    if (x.lane == 0) d[x.row] = sums[0];                                                           \
  }

// Results, and c, as binary16 in the low half of a word.
#define ASSAY_ROWS_F16(name, instruction)                                         \
  extern "C" __global__ void name(const std::uint32_t* a, const std::uint32_t* b, \
                                  const std::uint32_t* c, std::uint32_t* d) {     \
    const Operands x = operands_of(a, b);                                         \
    std::uint32_t sums[2];                                                        \
    const std::uint32_t c0 = x.lane == 0 ? c[x.row] : 0;                          \
    asm volatile(instruction " {%0, %1}, {%2, %3, %4, %3}, {%5, %6}, {%7, %3};"   \
                 : "=r"(sums[0]), "=r"(sums[1])                                   \
                 : "r"(x.a0), "r"(0), "r"(x.a2), "r"(x.b0), "r"(x.b1), "r"(c0));  \
    if (x.lane == 0) d[x.row] = sums[0] & 0xFFFF;                                 \
  }

ASSAY_ROWS_F32(rows_f16, "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32")
ASSAY_ROWS_F32(rows_bf16, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32")
ASSAY_ROWS_F32(rows_tf32, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32")
ASSAY_ROWS_F32(rows_e4m3, "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32")
ASSAY_ROWS_F32(rows_e5m2, "mma.sync.aligned.m16n8k32.row.col.f32.e5m2.e5m2.f32")
ASSAY_ROWS_F16(rows_f16_f16, "mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16")
ASSAY_ROWS_F16(rows_e4m3_f16, "mma.sync.aligned.m16n8k32.row.col.f16.e4m3.e4m3.f16")
ASSAY_ROWS_F16(rows_e5m2_f16, "mma.sync.aligned.m16n8k32.row.col.f16.e5m2.e5m2.f16")
