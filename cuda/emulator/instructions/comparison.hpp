// SPDX-License-Identifier: Apache-2.0
// Comparisons as setp and set make them: PTX ISA 9.0, sections 9.7.6 and 9.7.7.
#pragma once

#include "cuda/emulator/instructions/modifiers.hpp"
#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

inline bool is_packed(ptx::Type type) {
  return type == ptx::Type::f16x2 || type == ptx::Type::bf16x2;
}

// Emits t, the comparison of operands 1 and 2, of the type, and c, the predicate in operand 3 where
// there is a BoolOp: p = BoolOp(t, c), and, unless q is kNoSlot, q = BoolOp(!t, c). Of packed
// halves p is of the low ones, q of the high ones. Takes all modifiers that are left.
Status emit_comparison(OpBuilder& builder, Modifiers& modifiers, ptx::Type type, Slot p, Slot q);

Status decode_setp(OpBuilder& builder);
Status decode_set(OpBuilder& builder);

}  // namespace assay::emulator
