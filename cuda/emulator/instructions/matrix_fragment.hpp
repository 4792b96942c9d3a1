// SPDX-License-Identifier: Apache-2.0
// How the matrices of mma lie in the registers of a warp: PTX ISA, "Matrix multiply-accumulate
// operation using mma instruction", its sections "Matrix Fragments for mma.m8n8k4 with .f64",
// "...m8n8k16", "...m8n8k32", "...m8n8k128", "...m16n8k4", "...m16n8k8", "...m16n8k16 with floating
// point type", "...m16n8k16 with integer type", "...m16n8k32", "...m16n8k64", "...m16n8k128" and
// "...m16n8k256".
//
// All of them are one rule. Let groupID = lane / 4 and threadID_in_group = lane % 4, and let a
// register hold p consecutive elements of a row (p = 32 bits / element bits; 1 for .f64). Then
//   A, register r, element i: row groupID + 8 * (r % 2),
//                             column p * threadID_in_group + i + 4 * p * (r / 2)
//   B, register r, element i: row p * threadID_in_group + i + 4 * p * r, column groupID
//   C, element i:             row groupID + 8 * (i / 2), column 2 * threadID_in_group + i % 2
// (8-row shapes have one register of A and two elements of C; .f16 accumulators share a register
// by pairs). So four lanes of a register are a contiguous piece of a row of A or column of B.
// m8n8k4 with .f16 is different: see mma_quad.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace assay::emulator {

// 32 lanes of a register, `kBytes` each, to piece `chunk` of 8 rows of A, or columns of B.
template <std::size_t kBytes, typename Rows>
inline void scatter_register(const std::byte* lanes, std::size_t first_row, std::size_t chunk,
                             Rows& rows) {
  constexpr std::size_t kPiece = 4 * kBytes;
  auto* const base = reinterpret_cast<std::byte*>(&rows[first_row]) + chunk * kPiece;
  for (std::size_t group = 0; group < 8; ++group)
    std::memcpy(base + group * sizeof(rows[0]), lanes + group * kPiece, kPiece);
}

// Registers of A, in the order of the operand; 1 of an 8-row shape, else an even number.
template <std::size_t kBytes, typename Rows>
inline void gather_a(const std::byte* const* registers, std::size_t count, Rows& rows) {
  for (std::size_t r = 0; r < count; ++r)
    scatter_register<kBytes>(registers[r], 8 * (r % 2), r / 2, rows);
}

template <std::size_t kBytes, typename Columns>
inline void gather_b(const std::byte* const* registers, std::size_t count, Columns& columns) {
  for (std::size_t r = 0; r < count; ++r)
    scatter_register<kBytes>(registers[r], 0, r, columns);
}

// C and D, one element a register: 2 (8 rows) or 4 registers; `matrix` is row by row, 8 columns.
template <typename T>
inline void gather_c(const T* const* registers, std::size_t count, T* matrix) {
  for (std::size_t half = 0; half < count / 2; ++half)
    for (std::size_t lane = 0; lane < 32; ++lane) {
      matrix[64 * half + 2 * lane] = registers[2 * half][lane];
      matrix[64 * half + 2 * lane + 1] = registers[2 * half + 1][lane];
    }
}

template <typename T>
inline void scatter_d(const T* matrix, T* const* registers, std::size_t count) {
  for (std::size_t half = 0; half < count / 2; ++half)
    for (std::size_t lane = 0; lane < 32; ++lane) {
      registers[2 * half][lane] = matrix[64 * half + 2 * lane];
      registers[2 * half + 1][lane] = matrix[64 * half + 2 * lane + 1];
    }
}

// The same with two binary16 elements a register, low half first; in `matrix` one a word.
inline void gather_c_halves(const std::uint32_t* const* registers, std::size_t count,
                            std::uint32_t* matrix) {
  for (std::size_t r = 0; r < count; ++r)
    for (std::size_t lane = 0; lane < 32; ++lane) {
      matrix[64 * r + 2 * lane] = registers[r][lane] & 0xFFFF;
      matrix[64 * r + 2 * lane + 1] = registers[r][lane] >> 16;
    }
}

inline void scatter_d_halves(const std::uint32_t* matrix, std::uint32_t* const* registers,
                             std::size_t count) {
  for (std::size_t r = 0; r < count; ++r)
    for (std::size_t lane = 0; lane < 32; ++lane)
      registers[r][lane] = (matrix[64 * r + 2 * lane] & 0xFFFF) | matrix[64 * r + 2 * lane + 1]
                                                                      << 16;
}

// Where an element of D lies.
struct FragmentPlace {
  std::size_t lane, element;
};

constexpr FragmentPlace place_of_output(std::size_t row, std::size_t column) {
  return {row % 8 * 4 + column / 2, row / 8 * 2 + column % 2};
}

}  // namespace assay::emulator
