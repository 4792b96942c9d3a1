// SPDX-License-Identifier: Apache-2.0
// vote.sync, activemask and elect.sync: PTX ISA, "Parallel Synchronization and Communication
// Instructions: vote.sync", "... activemask", "... elect.sync". All lanes that execute one of them
// together name the same mask, and lanes of the mask that are missing have exited.
#include <bit>

#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/warp_operations.hpp"

namespace assay::emulator {
namespace {

void broadcast(Warp& warp, Slot dst, Mask active, std::uint32_t value) {
  auto* const d = warp.lanes<std::uint32_t>(dst);
  for_each_lane(active, [&](int lane) { d[lane] = value; });
}

enum class Vote : std::uint8_t { all, any, uni };

template <Vote kVote>
Flow vote(Warp& warp, const Op& op, Mask active) {
  const Mask holds = warp.predicate(op.a) & active;
  const Flow flow = check_members(warp, op, active);
  const bool result = kVote == Vote::all   ? holds == active
                      : kVote == Vote::any ? holds != 0
                                           : holds == active || holds == 0;
  warp.set_predicate(op.dst, active, result ? kAllLanes : 0);
  return flow;
}

Flow ballot(Warp& warp, const Op& op, Mask active) {
  const Mask holds = warp.predicate(op.a) & active;
  const Flow flow = check_members(warp, op, active);
  broadcast(warp, op.dst, active, holds);
  return flow;
}

// The ISA leaves the choice open, but it must be the same for the same mask: the lowest lane.
Flow elect(Warp& warp, const Op& op, Mask active) {
  const Flow flow = check_members(warp, op, active);
  const int leader = std::countr_zero(active);
  broadcast(warp, op.dst, active, static_cast<std::uint32_t>(leader));
  warp.set_predicate(op.list[0], active, 1u << leader);
  return flow;
}

Flow activemask(Warp& warp, const Op& op, Mask active) {
  broadcast(warp, op.dst, active, active);
  return Flow::next;
}

}  // namespace

Status decode_vote(OpBuilder& builder) {
  if (!builder.has("sync"))
    return builder.unsupported("without .sync is not supported on sm_70 and later");
  ASSAY_TRY(builder.only({"sync", "all", "any", "uni", "ballot"}));
  ASSAY_TRY(builder.expect_operands(3, 3));
  const bool is_ballot = builder.has("ballot");
  WarpOperands operands;
  ASSAY_TRY(
      read_destination(builder, is_ballot ? ptx::Type::b32 : ptx::Type::pred, false, operands));
  ASSAY_ASSIGN(const Slot predicate, builder.source(1, ptx::Type::pred));
  operands.sources = {predicate};
  ASSAY_ASSIGN(operands.members, builder.source(2, ptx::Type::b32));
  const Handler run = is_ballot            ? ballot
                      : builder.has("all") ? vote<Vote::all>
                      : builder.has("any") ? vote<Vote::any>
                                           : vote<Vote::uni>;
  emit_for_members(builder, run, operands);
  return {};
}

Status decode_elect(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"sync"}));
  ASSAY_TRY(builder.expect_operands(2, 2));
  WarpOperands operands;
  ASSAY_TRY(read_destination(builder, ptx::Type::b32, true, operands));
  if (operands.predicate == kNoSlot) return builder.unsupported("needs a destination d|p");
  ASSAY_ASSIGN(operands.members, builder.source(1, ptx::Type::b32));
  emit_for_members(builder, elect, operands);
  return {};
}

Status decode_activemask(OpBuilder& builder) {
  ASSAY_TRY(builder.only({}));
  ASSAY_TRY(builder.expect_operands(1, 1));
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, ptx::Type::b32));
  builder.emit(activemask, OpClass::shuffle).dst = dst;
  return {};
}

}  // namespace assay::emulator
