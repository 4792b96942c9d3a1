// SPDX-License-Identifier: Apache-2.0
// mbarrier.*: PTX ISA, "Parallel Synchronization and Communication Instructions: mbarrier". A
// cluster here is one block, so .shared::cluster is the block's own memory.
#include "cuda/emulator/instructions/mbarrier.hpp"

#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/async_state.hpp"
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/memory/access.hpp"
#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"

namespace assay::emulator {

constexpr std::uint32_t kBytes = 8;

bool mbarrier_offset(Warp& warp, int lane, const MbarrierOperand& operand, std::uint32_t& offset) {
  return shared_offset(warp, lane, operand.space, operand.address.at(warp, lane), kBytes, kBytes,
                       offset);
}

Flow report_mbarrier(Warp& warp, int lane, std::uint32_t offset, std::string message) {
  Finding finding;
  finding.kind = FindingKind::invalid_mbarrier;
  finding.address = offset;
  finding.message = std::move(message);
  return report(warp, lane, std::move(finding));
}

Mbarrier* find_mbarrier(Warp& warp, int lane, const MbarrierOperand& operand,
                        std::uint32_t& offset) {
  if (!mbarrier_offset(warp, lane, operand, offset)) return nullptr;
  Mbarrier* const object = warp.cta().async->mbarrier(offset);
  if (object == nullptr)
    report_mbarrier(
        warp, lane, offset,
        fmt::format("there is no valid mbarrier at {:#x}: mbarrier.init comes first", offset));
  return object;
}

void order_arrival(Warp& warp, int lane, std::uint32_t offset, std::uint64_t phase, bool releases) {
  if (releases) warp.cta().async->release(warp.thread(lane), offset, phase);
  warp.cta().shared->clocks().atomic_write(warp.index(), kSharedWindow + offset, releases);
}

namespace {

struct MbarrierOp {
  MbarrierOperand where;
  Slot count = kNoSlot;  // b32: arrivals; bytes of expect_tx and complete_tx
  Slot tx = kNoSlot;     // b32: of arrive.expect_tx
  Slot state = kNoSlot;  // b64, returned
  bool drops = false, may_complete = true, releases = true;
  bool is_counted_already = false;  // cp.async.mbarrier.arrive.noinc
};

const MbarrierOp& detail(const Op& op) {
  return *static_cast<const MbarrierOp*>(op.detail);
}

// f(lane) until one stops.
template <typename F>
Flow each_lane(Mask active, F&& f) {
  Flow flow = Flow::next;
  for_each_lane(active, [&](int lane) {
    if (flow == Flow::next) flow = f(lane);
  });
  return flow;
}

std::uint32_t count_of(Warp& warp, const MbarrierOp& op, int lane) {
  return op.count == kNoSlot ? 1 : warp.lanes<std::uint32_t>(op.count)[lane];
}

Flow init(Warp& warp, const Op& op, Mask active) {
  const MbarrierOp& mbarrier = detail(op);
  AsyncState& async = *warp.cta().async;
  return each_lane(active, [&](int lane) {
    std::uint32_t offset = 0;
    if (!mbarrier_offset(warp, lane, mbarrier.where, offset)) return Flow::stop;
    const std::uint32_t count = count_of(warp, mbarrier, lane);
    if (count == 0 || count > Mbarrier::kMaxCount)
      return report_mbarrier(warp, lane, offset,
                             fmt::format("a count of {} is not from 1 to 2^20 - 1", count));
    if (async.mbarrier(offset) != nullptr)
      return report_mbarrier(warp, lane, offset,
                             fmt::format("there is a valid mbarrier at {:#x} already: "
                                         "mbarrier.inval comes first",
                                         offset));
    async.init(offset, count);
    return Flow::next;
  });
}

Flow inval(Warp& warp, const Op& op, Mask active) {
  return each_lane(active, [&](int lane) {
    std::uint32_t offset = 0;
    if (find_mbarrier(warp, lane, detail(op).where, offset) == nullptr) return Flow::stop;
    warp.cta().async->inval(offset);
    return Flow::next;
  });
}

Flow arrive(Warp& warp, const Op& op, Mask active) {
  const MbarrierOp& mbarrier = detail(op);
  return each_lane(active, [&](int lane) {
    std::uint32_t offset = 0;
    Mbarrier* const object = find_mbarrier(warp, lane, mbarrier.where, offset);
    if (object == nullptr) return Flow::stop;
    const std::uint64_t state = object->state();
    MbarrierFault fault;
    if (mbarrier.tx != kNoSlot)
      fault = object->expect_tx(warp.lanes<std::uint32_t>(mbarrier.tx)[lane]);
    order_arrival(warp, lane, offset, object->phase(), mbarrier.releases);
    const std::uint32_t count = count_of(warp, mbarrier, lane);
    if (!fault)
      fault = mbarrier.drops ? object->drop(count, mbarrier.may_complete)
                             : object->arrive(count, mbarrier.may_complete);
    if (fault) return report_mbarrier(warp, lane, offset, *fault);
    if (mbarrier.state != kNoSlot) warp.lanes<std::uint64_t>(mbarrier.state)[lane] = state;
    ++warp.cta().effects;
    return Flow::next;
  });
}

template <MbarrierFault (Mbarrier::*kCount)(std::uint32_t)>
Flow count_bytes(Warp& warp, const Op& op, Mask active) {
  return each_lane(active, [&](int lane) {
    std::uint32_t offset = 0;
    Mbarrier* const object = find_mbarrier(warp, lane, detail(op).where, offset);
    if (object == nullptr) return Flow::stop;
    if (const auto fault = (object->*kCount)(count_of(warp, detail(op), lane)))
      return report_mbarrier(warp, lane, offset, *fault);
    ++warp.cta().effects;
    return Flow::next;
  });
}

Flow arrive_after_copies(Warp& warp, const Op& op, Mask active) {
  const MbarrierOp& mbarrier = detail(op);
  return each_lane(active, [&](int lane) {
    std::uint32_t offset = 0;
    if (find_mbarrier(warp, lane, mbarrier.where, offset) == nullptr) return Flow::stop;
    const auto fault = warp.cta().async->arrive_after_copies(warp.thread(lane), offset,
                                                             mbarrier.is_counted_already);
    return fault ? report_mbarrier(warp, lane, offset, *fault) : Flow::next;
  });
}

Flow pending_count(Warp& warp, const Op& op, Mask active) {
  const auto* const state = warp.lanes<std::uint64_t>(op.a);
  auto* const d = warp.lanes<std::uint32_t>(op.dst);
  for_each_lane(active, [&](int lane) { d[lane] = Mbarrier::pending_of(state[lane]); });
  return Flow::next;
}

Status emit(OpBuilder& builder, Handler run, const MbarrierOp& op) {
  const auto* const kept = builder.program().keep(op);
  builder.emit(run, OpClass::barrier).detail = kept;
  return {};
}

Result<MbarrierOperand> read_where(OpBuilder& builder, std::size_t index) {
  MbarrierOperand operand;
  operand.space = space_of(builder);
  ASSAY_ASSIGN(operand.address, read_address(builder, index));
  return operand;
}

// [addr] {, count}: init, inval, expect_tx, complete_tx.
Status decode_plain(OpBuilder& builder, Handler run, std::size_t operands) {
  ASSAY_TRY(builder.expect_operands(operands, operands));
  MbarrierOp op;
  ASSAY_ASSIGN(op.where, read_where(builder, 0));
  if (operands == 2) {
    ASSAY_ASSIGN(op.count, builder.source(1, ptx::Type::u32));
  }
  return emit(builder, run, op);
}

Status decode_arrive(OpBuilder& builder, bool drops) {
  ASSAY_TRY(builder.expect_operands(2, 3));
  MbarrierOp op;
  op.drops = drops;
  op.may_complete = !builder.has("noComplete");
  op.releases = !builder.has("relaxed");
  ASSAY_ASSIGN(op.where, read_where(builder, 1));
  const bool expects = builder.has("expect_tx");
  if (builder.operand_count() == 3) {
    ASSAY_ASSIGN(const Slot third, builder.source(2, ptx::Type::u32));
    (expects ? op.tx : op.count) = third;
  } else if (expects) {
    return builder.unsupported("needs a transaction count");
  }
  if (builder.operand(0).kind != ptx::Operand::Kind::sink) {
    ASSAY_ASSIGN(op.state, builder.destination(0, ptx::Type::b64));
  }
  return emit(builder, arrive, op);
}

Status decode_pending_count(OpBuilder& builder) {
  ASSAY_TRY(builder.expect_operands(2, 2));
  ASSAY_ASSIGN(const Slot state, builder.source(1, ptx::Type::b64));
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, ptx::Type::b32));
  Op& op = builder.emit(pending_count, OpClass::barrier);
  op.a = state;
  op.dst = dst;
  return {};
}

Status decode_mbarrier(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"init", "inval", "expect_tx", "complete_tx", "arrive", "arrive_drop",
                          "test_wait", "try_wait", "pending_count", "noComplete", "parity",
                          "release", "acquire", "relaxed", "cta", "cluster", "shared",
                          "shared::cta", "shared::cluster"}));
  if (builder.has("arrive")) return decode_arrive(builder, false);
  if (builder.has("arrive_drop")) return decode_arrive(builder, true);
  if (builder.has("test_wait") || builder.has("try_wait")) return decode_mbarrier_wait(builder);
  if (builder.has("pending_count")) return decode_pending_count(builder);
  if (builder.has("init")) return decode_plain(builder, init, 2);
  if (builder.has("inval")) return decode_plain(builder, inval, 1);
  if (builder.has("expect_tx")) return decode_plain(builder, count_bytes<&Mbarrier::expect_tx>, 2);
  if (builder.has("complete_tx"))
    return decode_plain(builder, count_bytes<&Mbarrier::complete_tx>, 2);
  return builder.unsupported("names no operation");
}

}  // namespace

Status decode_copy_arrival(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"async", "mbarrier", "arrive", "noinc", "shared", "shared::cta"}));
  ASSAY_TRY(builder.expect_operands(1, 1));
  MbarrierOp op;
  op.is_counted_already = builder.has("noinc");
  ASSAY_ASSIGN(op.where, read_where(builder, 0));
  return emit(builder, arrive_after_copies, op);
}

void add_mbarrier(InstructionTable& table) {
  table.add("mbarrier", decode_mbarrier);
}

}  // namespace assay::emulator
