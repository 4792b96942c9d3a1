// SPDX-License-Identifier: Apache-2.0
// mbarrier.test_wait and try_wait: PTX ISA, "Parallel Synchronization and Communication
// Instructions: mbarrier.test_wait / mbarrier.try_wait". Neither suspends here: where the phase is
// not complete, the other warps get their turn.
#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/async_state.hpp"
#include "cuda/emulator/instructions/mbarrier.hpp"
#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"

namespace assay::emulator {
namespace {

struct MbarrierWait {
  MbarrierOperand where;
  Slot state = kNoSlot, parity = kNoSlot;  // one of them
  bool acquires = true;
};

MbarrierFault test(Warp& warp, const MbarrierWait& wait, int lane, const Mbarrier& object,
                   bool& is_complete) {
  if (wait.parity != kNoSlot) {
    is_complete = object.test_parity(warp.lanes<std::uint32_t>(wait.parity)[lane]);
    return std::nullopt;
  }
  return object.test(warp.lanes<std::uint64_t>(wait.state)[lane], is_complete);
}

Flow wait_lane(Warp& warp, const MbarrierWait& wait, int lane, std::uint32_t& offset,
               bool& is_complete) {
  Mbarrier* const object = find_mbarrier(warp, lane, wait.where, offset);
  if (object == nullptr) return Flow::stop;
  AsyncState& async = *warp.cta().async;
  MbarrierFault fault = test(warp, wait, lane, *object, is_complete);
  if (!fault && !is_complete) {
    fault = async.hurry(offset);
    if (!fault) fault = test(warp, wait, lane, *object, is_complete);
  }
  if (fault) return report_mbarrier(warp, lane, offset, *fault);
  RaceClocks& clocks = warp.cta().shared->clocks();
  if (is_complete && object->phase() != 0) {
    async.settle_phase(offset);
    if (wait.acquires)
      clocks.acquire(warp.index(), AsyncState::clock_of(offset, object->phase() - 1));
  }
  clocks.atomic_read(warp.index(), kSharedWindow + offset, wait.acquires);
  return Flow::next;
}

Flow run_wait(Warp& warp, const Op& op, Mask active) {
  const auto& wait = *static_cast<const MbarrierWait*>(op.detail);
  Flow flow = Flow::next;
  Mask complete = 0;
  std::uint32_t incomplete = 0;
  for_each_lane(active, [&](int lane) {
    if (flow == Flow::stop) return;
    std::uint32_t offset = 0;
    bool is_complete = false;
    flow = wait_lane(warp, wait, lane, offset, is_complete);
    complete |= Mask{is_complete} << lane;
    if (!is_complete) incomplete = offset;
  });
  if (flow == Flow::stop) return flow;
  warp.set_predicate(op.dst, active, complete);
  if (complete == active) return Flow::next;
  warp.note_failed_wait(active & ~complete, incomplete);
  ++warp.cta().polls;
  return Flow::yield;
}

}  // namespace

Status decode_mbarrier_wait(OpBuilder& builder) {
  const bool may_suspend = builder.has("try_wait");
  ASSAY_TRY(builder.expect_operands(3, may_suspend ? 4 : 3));
  MbarrierWait wait;
  wait.acquires = !builder.has("relaxed");
  wait.where.space = space_of(builder);
  ASSAY_ASSIGN(wait.where.address, read_address(builder, 1));
  if (builder.has("parity")) {
    ASSAY_ASSIGN(wait.parity, builder.source(2, ptx::Type::b32));
  } else {
    ASSAY_ASSIGN(wait.state, builder.source(2, ptx::Type::b64));
  }
  ASSAY_ASSIGN(const Slot complete, builder.destination(0, ptx::Type::pred));
  const auto* const kept = builder.program().keep(wait);
  Op& op = builder.emit(run_wait, OpClass::barrier);
  op.dst = complete;
  op.detail = kept;
  return {};
}

}  // namespace assay::emulator
