// SPDX-License-Identifier: Apache-2.0
// Places of elements in mma.m8n8k4 with .f16: PTX ISA, "Matrix Fragments for mma.m8n8k4 with .f16
// floating point type". `thread` is 0-7 within a set: low group, then high group.
#pragma once

#include <cstddef>

namespace assay::emulator {

constexpr std::size_t quad_lane(std::size_t quad, std::size_t thread) {
  return thread / 4 * 16 + quad * 4 + thread % 4;
}

struct MatrixPlace {
  std::size_t major, k;  // row of A or column of B; column of A or row of B
};

// Element i (0-3). k_is_contiguous: A in rows, B in columns.
constexpr MatrixPlace quad_multiplicand(std::size_t thread, std::size_t i, bool k_is_contiguous) {
  if (k_is_contiguous) return {thread, i};
  return {i + thread / 4 * 4, thread % 4};
}

// Element i (0-7) of C or D: row * 8 + column.
constexpr std::size_t quad_accumulator(std::size_t thread, std::size_t i, bool is_half) {
  if (is_half) return thread * 8 + i;
  const std::size_t row = (thread & 1) + (i & 2) + thread / 4 * 4;
  const std::size_t column = (i & 4) + (thread & 2) + (i & 1);
  return row * 8 + column;
}

}  // namespace assay::emulator
