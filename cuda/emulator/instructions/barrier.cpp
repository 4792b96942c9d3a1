// SPDX-License-Identifier: Apache-2.0
// bar and barrier (PTX ISA 9.7.13.1) and bar.warp.sync (9.7.13.2). `bar` is `barrier` with
// .aligned.
#include <algorithm>
#include <bit>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/cluster_barrier.hpp"
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"

namespace assay::emulator {
namespace {

enum class Reduction : std::uint8_t { none, all, any, count };

struct BarrierDetail {
  Slot barrier = kNoSlot, threads = kNoSlot, predicate = kNoSlot;
  Reduction reduction = Reduction::none;
};

std::uint32_t of_first(Warp& warp, Slot slot, Mask active) {
  return slot == kNoSlot ? 0 : warp.lanes<std::uint32_t>(slot)[std::countr_zero(active)];
}

void write_result(Warp& warp, const Op& op, const BarrierDetail& detail, Mask active) {
  const std::uint32_t votes = warp.barrier_votes(), threads = warp.barrier_threads();
  if (detail.reduction == Reduction::count) {
    auto* const dst = warp.lanes<std::uint32_t>(op.dst);
    for_each_lane(active, [&](int lane) { dst[lane] = votes; });
  } else if (detail.reduction != Reduction::none) {
    const bool holds = detail.reduction == Reduction::any ? votes > 0 : votes == threads;
    warp.set_predicate(op.dst, active, holds ? kAllLanes : 0);
  }
}

Flow barrier_sync(Warp& warp, const Op& op, Mask active) {
  const auto& detail = *static_cast<const BarrierDetail*>(op.detail);
  if (warp.take_released(active)) {
    write_result(warp, op, detail, active);
    return Flow::next;
  }
  const Mask votes = detail.predicate == kNoSlot ? 0 : warp.predicate(detail.predicate);
  return warp.cta().barrier_sync(warp, active, of_first(warp, detail.barrier, active),
                                 of_first(warp, detail.threads, active), votes);
}

Flow barrier_arrive(Warp& warp, const Op& op, Mask active) {
  const auto& detail = *static_cast<const BarrierDetail*>(op.detail);
  return warp.cta().barrier_arrive(warp, active, of_first(warp, detail.barrier, active),
                                   of_first(warp, detail.threads, active));
}

Flow warp_sync(Warp& warp, const Op&, Mask active) {
  warp.cta().shared->clocks().warp_sync(warp.index(), active);
  return Flow::next;
}

Status decode_warp_sync(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"warp", "sync"}));
  ASSAY_TRY(builder.expect_operands(1, 1));
  ASSAY_ASSIGN(const Slot mask, builder.source(0, ptx::Type::b32));
  Op& op = builder.emit(warp_sync, OpClass::barrier);
  op.sync = Sync::members;
  op.sync_mask = mask;
  return {};
}

// bar.red: destination, barrier {, threads}, predicate.
Status decode_reduction(OpBuilder& builder, BarrierDetail& detail, Slot& dst) {
  ASSAY_TRY(builder.expect_operands(3, 4));
  detail.reduction = builder.has("popc")  ? Reduction::count
                     : builder.has("and") ? Reduction::all
                                          : Reduction::any;
  const bool counts = detail.reduction == Reduction::count;
  ASSAY_ASSIGN(dst, builder.destination(0, counts ? ptx::Type::u32 : ptx::Type::pred));
  ASSAY_ASSIGN(detail.barrier, builder.source(1, ptx::Type::u32));
  if (builder.operand_count() == 4) {
    ASSAY_ASSIGN(detail.threads, builder.source(2, ptx::Type::u32));
  }
  ASSAY_ASSIGN(detail.predicate, builder.source(builder.operand_count() - 1, ptx::Type::pred));
  return {};
}

Status decode_barrier(OpBuilder& builder) {
  if (builder.has("warp")) return decode_warp_sync(builder);
  if (builder.has("cluster")) return decode_cluster_barrier(builder);
  ASSAY_TRY(builder.only({"cta", "sync", "arrive", "red", "aligned", "popc", "and", "or"}));
  BarrierDetail detail;
  Slot dst = kNoSlot;
  const bool arrives = builder.has("arrive");
  if (builder.has("red")) {
    ASSAY_TRY(decode_reduction(builder, detail, dst));
  } else {
    ASSAY_TRY(builder.expect_operands(arrives ? 2 : 1, 2));
    ASSAY_ASSIGN(detail.barrier, builder.source(0, ptx::Type::u32));
    if (builder.operand_count() == 2) {
      ASSAY_ASSIGN(detail.threads, builder.source(1, ptx::Type::u32));
    }
  }
  const auto* const kept = builder.program().keep(detail);
  Op& op = builder.emit(arrives ? barrier_arrive : barrier_sync, OpClass::barrier);
  op.dst = dst;
  op.detail = kept;
  if (builder.opcode() == "bar" || builder.has("aligned")) op.sync = Sync::warp;
  return {};
}

}  // namespace

void add_barriers(InstructionTable& table) {
  table.add("bar", decode_barrier);
  table.add("barrier", decode_barrier);
}

}  // namespace assay::emulator
