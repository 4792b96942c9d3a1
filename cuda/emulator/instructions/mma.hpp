// SPDX-License-Identifier: Apache-2.0
// What all kinds of mma.sync share: the spelling, and the registers of the fragments.
#pragma once

#include <array>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

struct MmaSpelling {
  int m = 0, n = 0, k = 0;
  bool a_is_row = true, b_is_row = false;
  std::string_view d, a, b, c;           // types, without the point
  std::vector<std::string_view> others;  // what else is spelled, but .sync and .aligned
};

// mma.sync.aligned.SHAPE.LAYOUT.LAYOUT...D.A.B.C. Errors (usage): sparse and block-scaled forms,
// another number of types, no shape.
Result<MmaSpelling> read_mma(const OpBuilder& builder);
// Error (usage): the spelling has another modifier.
Status allow_others(const OpBuilder& builder, const MmaSpelling& spelling,
                    std::initializer_list<std::string_view> known);

// The slots of the fragments, and how many of each there are.
struct MmaRegisters {
  std::array<Slot, 8> d{}, a{}, b{}, c{};
  std::size_t d_count = 0, a_count = 0, b_count = 0, c_count = 0;
};

struct MmaCounts {
  std::size_t d = 0, a = 0, b = 0, c = 0;
};

// Types are those of a register: b32 for packed elements. Errors (usage): vectors of another
// length.
Result<MmaRegisters> read_fragments(OpBuilder& builder, MmaCounts counts, ptx::Type accumulator,
                                    ptx::Type multiplicand);

// Emits for the whole warp.
Op& emit_for_warp(OpBuilder& builder, Handler run, OpClass op_class, const void* detail);

// A finding where lanes of the warp do not take part, because the block has no such threads.
Flow check_whole_warp(Warp& warp, Mask active);

template <typename T, std::size_t kCount>
std::array<T*, kCount> pointers(Warp& warp, const std::array<Slot, kCount>& slots,
                                std::size_t count) {
  std::array<T*, kCount> result{};
  for (std::size_t i = 0; i < count; ++i)
    result[i] = warp.lanes<T>(slots[i]);
  return result;
}

Status decode_float_mma(OpBuilder& builder, const MmaSpelling& spelling);    // mma_float.cpp
Status decode_double_mma(OpBuilder& builder, const MmaSpelling& spelling);   // mma_double.cpp
Status decode_integer_mma(OpBuilder& builder, const MmaSpelling& spelling);  // mma_integer.cpp
Status decode_quad_mma(OpBuilder& builder, const MmaSpelling& spelling);     // mma_quad.cpp
Status decode_ldmatrix(OpBuilder& builder);                                  // matrix_load.cpp
Status decode_stmatrix(OpBuilder& builder);                                  // matrix_store.cpp
Status decode_movmatrix(OpBuilder& builder);                                 // matrix_store.cpp

}  // namespace assay::emulator
