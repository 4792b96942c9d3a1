// SPDX-License-Identifier: Apache-2.0
// D = A * B + C of one warp-level matrix instruction (PTX ISA, section "Warp-level matrix
// instructions: mma", m16n8), all 128 outputs at once, under three rules: the one result that every
// implementation of the instruction must return, where there is one; a model of a tensor core
// (tensor_core.hpp); a chain of fused multiply-adds. Integer kinds need no rule and are not here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "reference/arithmetic/tensor_core.hpp"
#include "reference/format/format.hpp"

namespace assay {

inline constexpr std::size_t kMmaRows = 16;
inline constexpr std::size_t kMmaColumns = 8;
inline constexpr std::size_t kMmaOutputs = kMmaRows * kMmaColumns;
inline constexpr std::size_t kMmaRowBytes = 32;  // of A, and of a column of B

// What the instruction says. `products` is K: at most kMmaRowBytes / (bytes of a code).
struct MmaForm {
  Format a = Format::f16;  // f16, bf16 or tf32, and b the same; or e4m3 or e5m2 in any mix
  Format b = Format::f16;
  Format accumulator = Format::f32;  // of C and D: f32, or f16 for f16 and FP8 operands
  int products = 16;
};

// The operands. A row holds its codes in the order of k, as wide as they are in memory (1, 2 or 4
// bytes, little-endian; tf32 a binary32 word, whose 13 low bits are not read); bytes behind the
// K-th code are ignored. Instructions with 8 rows leave the others zero.
struct MmaTile {
  alignas(64) std::array<std::array<std::uint8_t, kMmaRowBytes>, kMmaRows> a{};
  alignas(64) std::array<std::array<std::uint8_t, kMmaRowBytes>, kMmaColumns> b{};  // columns of B
  alignas(64) std::array<std::uint32_t, kMmaOutputs> c{};  // row by row: binary32 bits, or
                                                           // binary16 bits in the low half
};

using MmaResult = std::array<std::uint32_t, kMmaOutputs>;  // as MmaTile::c

// A set of outputs: bit i of rows[j] is row i, column j.
struct MmaOutputs {
  std::array<std::uint16_t, kMmaColumns> rows{};

  constexpr bool empty() const { return rows == decltype(rows){}; }
  constexpr bool contains(std::size_t row, std::size_t column) const {
    return ((rows[column] >> row) & 1u) != 0;
  }
  bool operator==(const MmaOutputs&) const = default;
};

// Errors (usage): operands, accumulator or K that no such instruction has. The functions below
// require a form that passes.
Status check_mma_form(const MmaForm& form);

// Sequential: k increasing from c, each product added with one rounding to nearest even to the
// accumulator's format. NaN results are the canonical 0x7FFFFFFF (binary16: 0x7FFF).
void mma_fma_chain(const MmaForm& form, const MmaTile& tile, MmaResult& result);

// The same values, and which of them are not certified: an instruction that follows PTX ISA, which
// leaves order, rounding and subnormal inputs open but promises the precision of the accumulator,
// might return other bits. An output is certified where
//  - all terms (products and c) are finite, and the sum of their magnitudes is below 2^p units and
//    in range, p being the accumulator's precision (24; 11 for binary16) and a unit the largest
//    power of two that divides every term and is a value of the accumulator's format: then every
//    partial sum is exact in every order; and
//  - no subnormal operand or c takes part (a factor of zero takes it out); and
//  - the terms are not all -0 (studies of GPUs leave the sign of that result open);
// or where some operand, Inf * 0, or infinities of both signs make it NaN in every order; or where
// infinities of one sign meet finite terms that cannot overflow, and no subnormals.
MmaOutputs mma_certified(const MmaForm& form, const MmaTile& tile, MmaResult& result);

// Why an output is not certified.
enum class MmaDoubt : std::uint8_t {
  none,        // it is
  inexact,     // partial sums round, or may overflow
  subnormal,   // a subnormal operand or c takes part
  minus_zero,  // all terms are -0
};

// For messages: one output by itself. Agrees with mma_certified.
MmaDoubt mma_doubt(const MmaForm& form, const MmaTile& tile, std::size_t row, std::size_t column);
std::string_view mma_doubt_text(MmaDoubt doubt);  // "partial sums round in binary32", ...

// tensor_core_dot of every row and column. Requires a model of these operands and accumulator.
void mma_model(const TensorCoreModel& model, const MmaForm& form, const MmaTile& tile,
               MmaResult& result);

}  // namespace assay
