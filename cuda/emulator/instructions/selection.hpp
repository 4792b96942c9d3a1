// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

// dst = where ? a : b, registers of the type's size.
void emit_select(OpBuilder& builder, ptx::Type type, Slot dst, Slot a, Slot b, Slot where);

void add_selections(InstructionTable& table);  // selp slct testp; called by add_comparisons

}  // namespace assay::emulator
