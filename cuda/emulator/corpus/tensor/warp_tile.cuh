// SPDX-License-Identifier: Apache-2.0
// One 16 x 8 tile of C a warp, operands straight from global memory into the fragments that the PTX
// ISA defines for each shape (section "Matrix multiply-accumulate operation using mma
// instruction"). A is stored by rows and B by columns, so both are contiguous in k; outside the
// matrices is zero.
#pragma once

#include <cstdint>

// A 32-bit register with 4 / sizeof(T) neighbours in k.
template <typename T>
__device__ std::uint32_t packed(const T* matrix, int rows, int depth, int row, int k) {
  std::uint32_t bits = 0;
  for (int i = 0; i < static_cast<int>(4 / sizeof(T)); ++i)
    if (row < rows && k + i < depth)
      bits |= static_cast<std::uint32_t>(matrix[row * depth + k + i]) << (8 * sizeof(T) * i);
  return bits;
}

// Registers of A come in pairs (rows g and g + 8), a pair for each 16 bytes of k; of B one for
// each.
template <typename T, int kRegisters>
__device__ void load_fragments(std::uint32_t (&a)[2 * kRegisters], std::uint32_t (&b)[kRegisters],
                               const T* from_a, const T* from_b, int m, int n, int depth, int k) {
  constexpr int kPack = 4 / sizeof(T);
  const int lane = threadIdx.x % 32, group = lane / 4, place = lane % 4;
  const int row = blockIdx.y * 16 + group, column = blockIdx.x * 8 + group;
  for (int i = 0; i < kRegisters; ++i) {
    const int at = k + (4 * i + place) * kPack;
    a[2 * i] = packed(from_a, m, depth, row, at);
    a[2 * i + 1] = packed(from_a, m, depth, row + 8, at);
    b[i] = packed(from_b, n, depth, column, at);
  }
}

template <typename Sum>
__device__ void store_tile(Sum* c, const Sum (&sums)[4], int m, int n) {
  const int lane = threadIdx.x % 32;
  for (int r = 0; r < 4; ++r) {
    const int row = blockIdx.y * 16 + lane / 4 + r / 2 * 8;
    const int column = blockIdx.x * 8 + lane % 4 * 2 + r % 2;
    if (row < m && column < n) c[row * n + column] = sums[r];
  }
}

// The mma instructions that take registers a[0 .. 3], b[0 .. 1] and those that take half as many.
#define ASSAY_MMA(form, constraint, d, a, b)                                                   \
  asm("mma.sync.aligned." form                                                                 \
      " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "                                        \
      "{%0, %1, %2, %3};"                                                                      \
      : "+" constraint(d[0]), "+" constraint(d[1]), "+" constraint(d[2]), "+" constraint(d[3]) \
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]))
#define ASSAY_MMA_HALF(form, constraint, d, a, b)                                              \
  asm("mma.sync.aligned." form " {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"          \
      : "+" constraint(d[0]), "+" constraint(d[1]), "+" constraint(d[2]), "+" constraint(d[3]) \
      : "r"(a[0]), "r"(a[1]), "r"(b[0]))
