// SPDX-License-Identifier: Apache-2.0
// cp.async.bulk and cp.reduce.async.bulk of one dimension: PTX ISA, "Data Movement and Conversion
// Instructions: cp.async.bulk", "... cp.reduce.async.bulk", "... cp.async.bulk.prefetch", "...
// cp.async.bulk.commit_group", "... cp.async.bulk.wait_group".
#include "cuda/emulator/instructions/bulk_copy.hpp"

#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/async_state.hpp"
#include "cuda/emulator/instructions/mbarrier.hpp"
#include "cuda/emulator/memory/access.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint32_t kGranule = 16;  // of sizes and addresses

struct BulkOp {
  AddressOperand target, source;
  Slot bytes = kNoSlot;
  MbarrierOperand mbarrier;  // of copies in
  Slot byte_mask = kNoSlot;  // .cp_mask
  AtomicOperation reduce;    // of reductions
  std::uint32_t element_bytes = 1;
};

// The first byte of a range that is checked piece by piece; null after a finding.
std::byte* access_range(Warp& warp, int lane, AccessRule rule, std::uint64_t address,
                        std::uint32_t bytes) {
  rule.align = rule.bytes = kGranule;
  std::byte* const first = access(warp, lane, rule, address);
  for (std::uint32_t at = kGranule; first != nullptr && at < bytes; at += kGranule)
    if (access(warp, lane, rule, address + at) == nullptr) return nullptr;
  Addresses addresses;
  addresses[static_cast<std::size_t>(lane)] = address;
  rule.bytes = bytes;
  if (first != nullptr) count_access(warp, 1u << lane, rule, addresses.data());
  return first;
}

// False after a finding.
bool check_size(Warp& warp, int lane, std::uint32_t bytes) {
  if (bytes % kGranule == 0) return true;
  report(warp, lane, FindingKind::misaligned,
         fmt::format("copies {} bytes, which is no multiple of 16", bytes));
  return false;
}

Flow copy_in(Warp& warp, const BulkOp& bulk, int lane) {
  CopyIn copy;
  copy.thread = warp.thread(lane);
  copy.pc = warp.pc();
  copy.bytes = copy.source_bytes = warp.lanes<std::uint32_t>(bulk.bytes)[lane];
  if (!check_size(warp, lane, copy.bytes)) return Flow::stop;
  std::uint32_t mbarrier = 0;
  if (find_mbarrier(warp, lane, bulk.mbarrier, mbarrier) == nullptr) return Flow::stop;
  if (copy.bytes == 0) return Flow::next;
  AccessRule rule;
  rule.space = ptx::Space::global;
  copy.source = access_range(warp, lane, rule, bulk.source.at(warp, lane), copy.bytes);
  if (copy.source == nullptr) return Flow::stop;
  const std::uint64_t target = bulk.target.at(warp, lane);
  rule.space = ptx::Space::shared;
  rule.kind = AccessKind::store;
  if (access_range(warp, lane, rule, target, copy.bytes) == nullptr ||
      !shared_offset(warp, lane, rule.space, target, copy.bytes, kGranule, copy.offset))
    return Flow::stop;
  const auto fault = warp.cta().async->issue_bulk(copy, mbarrier);
  return fault ? report_mbarrier(warp, lane, mbarrier, *fault) : Flow::next;
}

Flow copy_out(Warp& warp, const BulkOp& bulk, int lane) {
  BulkStore store;
  store.thread = warp.thread(lane);
  store.pc = warp.pc();
  store.bytes = warp.lanes<std::uint32_t>(bulk.bytes)[lane];
  if (!check_size(warp, lane, store.bytes)) return Flow::stop;
  if (store.bytes == 0) return Flow::next;
  if (bulk.byte_mask != kNoSlot) store.byte_mask = warp.lanes<std::uint16_t>(bulk.byte_mask)[lane];
  const std::uint64_t source = bulk.source.at(warp, lane);
  AccessRule rule;
  rule.space = ptx::Space::shared;
  if (access_range(warp, lane, rule, source, store.bytes) == nullptr ||
      !shared_offset(warp, lane, rule.space, source, store.bytes, kGranule, store.offset))
    return Flow::stop;
  rule.space = ptx::Space::global;
  rule.kind = bulk.reduce.apply == nullptr ? AccessKind::store : AccessKind::atomic;
  rule.ordering = bulk.reduce.apply == nullptr ? Ordering::weak : Ordering::relaxed;
  store.target = access_range(warp, lane, rule, bulk.target.at(warp, lane), store.bytes);
  if (store.target == nullptr) return Flow::stop;
  store.reduce = bulk.reduce.apply_global;
  store.element_bytes = bulk.element_bytes;
  warp.cta().async->issue(std::move(store));
  return Flow::next;
}

template <Flow (*kCopy)(Warp&, const BulkOp&, int)>
Flow run_bulk(Warp& warp, const Op& op, Mask active) {
  Flow flow = Flow::next;
  for_each_lane(active, [&](int lane) {
    if (flow == Flow::next) flow = kCopy(warp, *static_cast<const BulkOp*>(op.detail), lane);
  });
  return flow;
}

Flow commit_group(Warp& warp, const Op&, Mask active) {
  for_each_lane(active, [&](int lane) { warp.cta().async->commit_bulk(warp.thread(lane)); });
  return Flow::next;
}

template <bool kIsReadOnly>
Flow wait_group(Warp& warp, const Op& op, Mask active) {
  for_each_lane(active, [&](int lane) {
    warp.cta().async->wait_bulk(warp.thread(lane), static_cast<std::uint64_t>(op.immediate),
                                kIsReadOnly);
  });
  return Flow::next;
}

Flow nothing(Warp&, const Op&, Mask) {
  return Flow::next;
}

Status decode_wait(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"async", "bulk", "wait_group", "read"}));
  ASSAY_TRY(builder.expect_operands(1, 1));
  ASSAY_ASSIGN(const std::int64_t pending, builder.integer(0));
  builder.emit(builder.has("read") ? wait_group<true> : wait_group<false>, OpClass::async_copy)
      .immediate = pending;
  return {};
}

Status decode_prefetch(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"async", "bulk", "prefetch", "L2", "global", "L2::cache_hint"}));
  builder.emit(nothing, OpClass::async_copy);
  return {};
}

// The spaces in the order of the modifiers: destination, source.
std::vector<ptx::Space> spaces(const OpBuilder& builder) {
  std::vector<ptx::Space> found;
  for (const std::string& modifier : builder.instruction().modifiers) {
    if (modifier == "global") found.push_back(ptx::Space::global);
    if (modifier.starts_with("shared")) found.push_back(ptx::Space::shared);
  }
  return found;
}

Status read_common(OpBuilder& builder, BulkOp& bulk) {
  ASSAY_ASSIGN(bulk.target, read_address(builder, 0));
  ASSAY_ASSIGN(bulk.source, read_address(builder, 1));
  ASSAY_ASSIGN(bulk.bytes, builder.source(2, ptx::Type::u32));
  return {};
}

Status emit_bulk(OpBuilder& builder, Handler run, const BulkOp& bulk) {
  const auto* const kept = builder.program().keep(bulk);
  builder.program().reads_by_async_proxy |= run == run_bulk<copy_out>;
  builder.emit(run, OpClass::async_copy).detail = kept;
  return {};
}

// [dst], [src], size, [mbar] {, cache-policy}
Status decode_in(OpBuilder& builder) {
  const std::size_t hint = builder.has("L2::cache_hint") ? 1 : 0;
  ASSAY_TRY(builder.expect_operands(4 + hint, 4 + hint));
  if (!builder.has("mbarrier::complete_tx::bytes"))
    return builder.unsupported("needs .mbarrier::complete_tx::bytes");
  BulkOp bulk;
  ASSAY_TRY(read_common(builder, bulk));
  bulk.mbarrier.space = ptx::Space::shared;
  ASSAY_ASSIGN(bulk.mbarrier.address, read_address(builder, 3));
  return emit_bulk(builder, run_bulk<copy_in>, bulk);
}

// [dst], [src], size {, cache-policy} {, byteMask}
Status decode_out(OpBuilder& builder) {
  const std::size_t extra =
      (builder.has("L2::cache_hint") ? 1u : 0u) + (builder.has("cp_mask") ? 1u : 0u);
  ASSAY_TRY(builder.expect_operands(3 + extra, 3 + extra));
  if (!builder.has("bulk_group")) return builder.unsupported("needs .bulk_group");
  BulkOp bulk;
  ASSAY_TRY(read_common(builder, bulk));
  if (builder.has("cp_mask")) {
    ASSAY_ASSIGN(bulk.byte_mask, builder.source(2 + extra, ptx::Type::b16));
  }
  return emit_bulk(builder, run_bulk<copy_out>, bulk);
}

}  // namespace

Status decode_bulk_copy(OpBuilder& builder) {
  if (builder.has("prefetch")) return decode_prefetch(builder);
  if (builder.has("wait_group")) return decode_wait(builder);
  if (builder.has("multicast::cluster"))
    return builder.unsupported("clusters of more than one block are not supported");
  ASSAY_TRY(
      builder.only({"async", "bulk", "commit_group", "global", "shared::cta", "shared::cluster",
                    "mbarrier::complete_tx::bytes", "bulk_group", "L2::cache_hint", "cp_mask"}));
  if (builder.has("commit_group")) {
    ASSAY_TRY(builder.expect_operands(0, 0));
    builder.emit(commit_group, OpClass::async_copy);
    return {};
  }
  const auto places = spaces(builder);
  if (places.size() != 2 || (places[0] == places[1] && places[0] == ptx::Space::global))
    return builder.unsupported("needs a destination and a source space");
  if (places[0] == places[1])
    return builder.unsupported("copies between blocks of a cluster are not supported");
  return places[0] == ptx::Space::shared ? decode_in(builder) : decode_out(builder);
}

Status decode_bulk_reduce(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"reduce", "async", "bulk", "global", "shared::cta", "shared::cluster",
                          "mbarrier::complete_tx::bytes", "bulk_group", "L2::cache_hint", "and",
                          "or", "xor", "add", "inc", "dec", "min", "max", "noftz"}));
  if (spaces(builder) != std::vector{ptx::Space::global, ptx::Space::shared})
    return builder.unsupported("reductions between blocks of a cluster are not supported");
  const std::size_t hint = builder.has("L2::cache_hint") ? 1 : 0;
  ASSAY_TRY(builder.expect_operands(3 + hint, 3 + hint));
  ASSAY_ASSIGN(const ptx::Type type, builder.type());
  BulkOp bulk;
  for (const std::string_view name : {"add", "min", "max", "inc", "dec", "and", "or", "xor"})
    if (builder.has(name))
      if (const auto found = find_atomic(name, type)) bulk.reduce = *found;
  if (bulk.reduce.apply == nullptr) return builder.unsupported("this type has no such reduction");
  bulk.element_bytes = static_cast<std::uint32_t>(ptx::type_bytes(type));
  ASSAY_TRY(read_common(builder, bulk));
  return emit_bulk(builder, run_bulk<copy_out>, bulk);
}

}  // namespace assay::emulator
