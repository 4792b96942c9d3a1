// SPDX-License-Identifier: Apache-2.0
// What the instructions that exchange values between the lanes of a warp have in common: a member
// mask that each lane names, and destinations d|p.
#pragma once

#include <cstdint>
#include <vector>

#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

// The operands of such an instruction, before its operation is emitted.
struct WarpOperands {
  Slot dst = kNoSlot;
  Slot predicate = kNoSlot;  // of d|p
  std::vector<Slot> sources;
  Slot members = kNoSlot;
};

// Reads `d` or, where allows_predicate says so, `d|p`.
Status read_destination(OpBuilder& builder, ptx::Type type, bool allows_predicate,
                        WarpOperands& operands);

// Emits for lanes that have all come: dst, sources as a, b, c; op.list[0] is the predicate, where
// there is one.
Op& emit_for_members(OpBuilder& builder, Handler run, const WarpOperands& operands);

// A finding where an executing lane is not in the mask that it names (undefined by PTX ISA). Call
// it before anything is written.
inline Mask members_of(Warp& warp, const Op& op, Mask active) {
  return warp.lanes<Mask>(op.sync_mask)[std::countr_zero(active)];
}
Flow report_outsiders(Warp& warp, Mask active, Mask members);
inline Flow check_members(Warp& warp, const Op& op, Mask active) {
  const Mask members = members_of(warp, op, active);
  return (active & ~members) == 0 ? Flow::next : report_outsiders(warp, active, members);
}

Status decode_shuffle(OpBuilder& builder);     // shuffle.cpp
Status decode_vote(OpBuilder& builder);        // vote.cpp
Status decode_match(OpBuilder& builder);       // match.cpp
Status decode_reduction(OpBuilder& builder);   // warp_reduction.cpp
Status decode_elect(OpBuilder& builder);       // vote.cpp
Status decode_activemask(OpBuilder& builder);  // vote.cpp

}  // namespace assay::emulator
