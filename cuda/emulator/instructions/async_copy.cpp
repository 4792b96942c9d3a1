// SPDX-License-Identifier: Apache-2.0
// cp.async: PTX ISA, "Data Movement and Conversion Instructions: cp.async", "...
// cp.async.commit_group", "... cp.async.wait_group / cp.async.wait_all", "...
// cp.async.mbarrier.arrive".
#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/address_operand.hpp"
#include "cuda/emulator/instructions/async_state.hpp"
#include "cuda/emulator/instructions/bulk_copy.hpp"
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/instructions/mbarrier.hpp"
#include "cuda/emulator/memory/access.hpp"

namespace assay::emulator {
namespace {

constexpr std::size_t kMaxBytes = 16;

struct AsyncCopy {
  AddressOperand target, source;
  std::uint32_t bytes = 16;
  Slot source_bytes = kNoSlot;  // a register
  Slot ignores = kNoSlot;       // a predicate: zeros only
};

std::uint32_t source_bytes_of(Warp& warp, const AsyncCopy& copy, int lane) {
  if (copy.ignores != kNoSlot && ((warp.predicate(copy.ignores) >> lane) & 1) != 0) return 0;
  return copy.source_bytes == kNoSlot ? copy.bytes
                                      : warp.lanes<std::uint32_t>(copy.source_bytes)[lane];
}

Flow copy_lane(Warp& warp, const AsyncCopy& copy, int lane, const Addresses& sources) {
  CopyIn in;
  in.thread = warp.thread(lane);
  in.pc = warp.pc();
  in.bytes = copy.bytes;
  in.source_bytes = source_bytes_of(warp, copy, lane);
  if (in.source_bytes > copy.bytes)
    return report(warp, lane, FindingKind::invalid_address,
                  fmt::format("src-size {} is larger than cp-size {}", in.source_bytes, in.bytes));
  const std::uint64_t target = copy.target.at(warp, lane);
  AccessRule rule;
  rule.space = ptx::Space::shared;
  rule.kind = AccessKind::store;
  rule.bytes = rule.align = copy.bytes;
  if (access(warp, lane, rule, target) == nullptr ||
      !shared_offset(warp, lane, rule.space, target, copy.bytes, copy.bytes, in.offset))
    return Flow::stop;
  if (in.source_bytes != 0) {
    rule.space = ptx::Space::global;
    rule.kind = AccessKind::load;
    rule.bytes = in.source_bytes;
    in.source = access(warp, lane, rule, sources[static_cast<std::size_t>(lane)]);
    if (in.source == nullptr) return Flow::stop;
  }
  warp.cta().async->issue(in);
  return Flow::next;
}

// The usual case: all lanes copy in full, at once. False: lane by lane.
bool may_copy_together(Warp& warp, const AsyncCopy& copy, Mask active) {
  if (warp.cta().launch.options.async != AsyncPolicy::eager) return false;
  bool is_full = true;
  for_each_lane(active,
                [&](int lane) { is_full &= source_bytes_of(warp, copy, lane) == copy.bytes; });
  return is_full;
}

Flow copy_together(Warp& warp, const AsyncCopy& copy, Mask active, const Addresses& sources,
                   const Addresses& targets) {
  alignas(64) std::byte data[kLanes * kMaxBytes];
  AccessRule rule;
  rule.space = ptx::Space::global;
  rule.bytes = rule.align = copy.bytes;
  if (load(warp, active, rule, sources.data(), data) == Flow::stop) return Flow::stop;
  rule.space = ptx::Space::shared;
  rule.kind = AccessKind::store;
  if (store(warp, active, rule, targets.data(), data) == Flow::stop) return Flow::stop;
  for_each_lane(active, [&](int lane) {
    CopyIn in;
    in.thread = warp.thread(lane);
    in.pc = warp.pc();
    in.bytes = in.source_bytes = copy.bytes;
    in.offset = static_cast<std::uint32_t>(targets[static_cast<std::size_t>(lane)]);
    in.has_moved = true;
    warp.cta().async->issue(in);
  });
  return Flow::next;
}

Flow cp_async(Warp& warp, const Op& op, Mask active) {
  const auto& copy = *static_cast<const AsyncCopy*>(op.detail);
  Addresses sources, targets;
  copy.source.all(warp, sources);
  copy.target.all(warp, targets);
  if (may_copy_together(warp, copy, active))
    return copy_together(warp, copy, active, sources, targets);
  Flow flow = Flow::next;
  Mask reading = 0;
  for_each_lane(active, [&](int lane) {
    if (flow == Flow::next) flow = copy_lane(warp, copy, lane, sources);
    reading |= Mask{source_bytes_of(warp, copy, lane) != 0} << lane;
  });
  AccessRule rule;
  rule.space = ptx::Space::global;
  rule.bytes = rule.align = copy.bytes;
  if (reading != 0) count_access(warp, reading, rule, sources.data());
  rule.space = ptx::Space::shared;
  rule.kind = AccessKind::store;
  count_access(warp, active, rule, targets.data());
  return flow;
}

Flow commit_group(Warp& warp, const Op&, Mask active) {
  for_each_lane(active, [&](int lane) { warp.cta().async->commit(warp.thread(lane)); });
  return Flow::next;
}

Flow wait_group(Warp& warp, const Op& op, Mask active) {
  for_each_lane(active, [&](int lane) {
    warp.cta().async->wait(warp.thread(lane), static_cast<std::uint64_t>(op.immediate));
  });
  return Flow::next;
}

Flow wait_all(Warp& warp, const Op&, Mask active) {
  for_each_lane(active, [&](int lane) { warp.cta().async->wait_all(warp.thread(lane)); });
  return Flow::next;
}

// cp.async{.ca,.cg}.shared.global [dst], [src], cp-size {, src-size | ignore-src} {, cache-policy}
Status decode_copy(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"async", "ca", "cg", "shared", "shared::cta", "global", "L2::cache_hint",
                          "L2::64B", "L2::128B", "L2::256B"}));
  const std::size_t hint = builder.has("L2::cache_hint") ? 1 : 0;
  ASSAY_TRY(builder.expect_operands(3 + hint, 4 + hint));
  AsyncCopy copy;
  ASSAY_ASSIGN(copy.target, read_address(builder, 0));
  ASSAY_ASSIGN(copy.source, read_address(builder, 1));
  ASSAY_ASSIGN(const std::int64_t bytes, builder.integer(2));
  if (bytes != 16 && (builder.has("cg") || (bytes != 4 && bytes != 8)))
    return builder.unsupported("cp-size must be 4, 8 or 16, with .cg 16");
  copy.bytes = static_cast<std::uint32_t>(bytes);
  if (builder.operand_count() == 4 + hint) {
    const ptx::Operand& fourth = builder.operand(3);
    const bool is_predicate =
        fourth.kind == ptx::Operand::Kind::reg && builder.width_of(fourth, ptx::Type::pred) == 0;
    if (is_predicate) {
      ASSAY_ASSIGN(copy.ignores, builder.source(3, ptx::Type::pred));
    } else {
      ASSAY_ASSIGN(copy.source_bytes, builder.source(3, ptx::Type::u32));
    }
  }
  const auto* const kept = builder.program().keep(copy);
  builder.emit(cp_async, OpClass::async_copy).detail = kept;
  return {};
}

Status decode_group(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"async", "commit_group", "wait_group", "wait_all"}));
  if (builder.has("wait_group")) {
    ASSAY_TRY(builder.expect_operands(1, 1));
    ASSAY_ASSIGN(const std::int64_t pending, builder.integer(0));
    builder.emit(wait_group, OpClass::async_copy).immediate = pending;
    return {};
  }
  ASSAY_TRY(builder.expect_operands(0, 0));
  builder.emit(builder.has("wait_all") ? wait_all : commit_group, OpClass::async_copy);
  return {};
}

Status decode_cp(OpBuilder& builder) {
  if (builder.has("tensor") || builder.has("1d") || builder.has("2d") || builder.has("3d") ||
      builder.has("4d") || builder.has("5d"))
    return builder.unsupported("tensor copies (TMA descriptors) are not supported");
  if (builder.has("reduce")) return decode_bulk_reduce(builder);
  if (builder.has("bulk")) return decode_bulk_copy(builder);
  if (builder.has("mbarrier")) return decode_copy_arrival(builder);
  if (builder.has("commit_group") || builder.has("wait_group") || builder.has("wait_all"))
    return decode_group(builder);
  return decode_copy(builder);
}

}  // namespace

void add_async_copies(InstructionTable& table) {
  table.add("cp", decode_cp);
}

}  // namespace assay::emulator
