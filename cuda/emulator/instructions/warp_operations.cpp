// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/warp_operations.hpp"

#include <fmt/format.h>

#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/families.hpp"

namespace assay::emulator {

Status read_destination(OpBuilder& builder, ptx::Type type, bool allows_predicate,
                        WarpOperands& operands) {
  if (builder.operand_count() == 0) return builder.unsupported("an operand is missing");
  const ptx::Operand& operand = builder.operand(0);
  if (operand.kind != ptx::Operand::Kind::pair) {
    ASSAY_ASSIGN(operands.dst, builder.destination(operand, type));
    return {};
  }
  if (!allows_predicate) return builder.unsupported("has no predicate destination");
  ASSAY_ASSIGN(operands.dst, builder.destination(operand.elements[0], type));
  ASSAY_ASSIGN(operands.predicate, builder.destination(operand.elements[1], ptx::Type::pred));
  return {};
}

Op& emit_for_members(OpBuilder& builder, Handler run, const WarpOperands& operands) {
  const Slot* const list =
      operands.predicate == kNoSlot ? nullptr : builder.program().keep({operands.predicate});
  Op& op = builder.emit(run, OpClass::shuffle);
  op.sync = Sync::members;
  op.sync_mask = operands.members;
  op.dst = operands.dst;
  const std::size_t count = operands.sources.size();
  if (count > 0) op.a = operands.sources[0];
  if (count > 1) op.b = operands.sources[1];
  if (count > 2) op.c = operands.sources[2];
  op.list = list;
  return op;
}

Flow report_outsiders(Warp& warp, Mask active, Mask members) {
  const Mask outside = active & ~members;
  return report(warp, std::countr_zero(outside), FindingKind::shuffle_divergence,
                fmt::format("{} not in the member mask {:#x} that {} named", lane_list(outside),
                            members, (outside & (outside - 1)) == 0 ? "it" : "they"));
}

void add_warp_operations(InstructionTable& table) {
  table.add("shfl", decode_shuffle);
  table.add("vote", decode_vote);
  table.add("match", decode_match);
  table.add("redux", decode_reduction);
  table.add("elect", decode_elect);
  table.add("activemask", decode_activemask);
}

}  // namespace assay::emulator
