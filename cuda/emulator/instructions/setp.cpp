// SPDX-License-Identifier: Apache-2.0
// setp: PTX ISA 9.0, sections 9.7.6.2 and 9.7.7.2.
#include "cuda/emulator/instructions/comparison.hpp"

namespace assay::emulator {

using ptx::Type;

Status decode_setp(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const ptx::Operand& target = builder.operand(0);
  Slot p = kNoSlot, q = kNoSlot;
  if (target.kind == ptx::Operand::Kind::pair) {
    if (type == Type::f16 || type == Type::bf16) return builder.unsupported("has one result");
    ASSAY_ASSIGN(p, builder.destination(target.elements[0], Type::pred));
    ASSAY_ASSIGN(q, builder.destination(target.elements[1], Type::pred));
  } else {
    ASSAY_ASSIGN(p, builder.destination(target, Type::pred));
  }
  return emit_comparison(builder, modifiers, type, p, q);
}

}  // namespace assay::emulator
