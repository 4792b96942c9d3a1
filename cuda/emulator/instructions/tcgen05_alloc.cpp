// SPDX-License-Identifier: Apache-2.0
// tcgen05.alloc, .dealloc and .relinquish_alloc_permit: PTX ISA 9.7.16.7.1. Each block has all of
// a tensor memory to itself: that blocks of one multiprocessor wait for each other is not followed.
#include <cstring>

#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/instructions/mma.hpp"
#include "cuda/emulator/instructions/tcgen05.hpp"
#include "cuda/emulator/memory/access.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"

namespace assay::emulator {
namespace {

struct TensorAllocation {
  AddressOperand target;  // of alloc: where the address goes
  ptx::Space space = ptx::Space::generic;
  Slot address = kNoSlot;  // of dealloc
  Slot columns = kNoSlot;
};

bool is_allocation(std::uint64_t columns) {
  return std::has_single_bit(columns) && columns >= kLeastTensorColumns &&
         columns <= kTensorColumns;
}

// The number of columns that all lanes name; nothing after a finding.
std::optional<std::uint32_t> columns_of(Warp& warp, Mask active, Slot slot) {
  const auto* const lanes = warp.lanes<std::uint32_t>(slot);
  const auto columns =
      collective(warp, active, "numbers of columns", [&](int lane) { return lanes[lane]; });
  if (!columns) return std::nullopt;
  if (is_allocation(*columns)) return static_cast<std::uint32_t>(*columns);
  report_tcgen05(warp, std::countr_zero(active),
                 fmt::format("{} columns: must be a power of two from 32 to 512", *columns));
  return std::nullopt;
}

// Lanes read the address without a barrier (PTX ISA's example 1): the instruction orders what they
// do before and behind it.
Flow store_address(Warp& warp, Mask active, const TensorAllocation& detail, std::uint64_t address,
                   std::uint32_t column) {
  const int lane = std::countr_zero(active);
  std::uint32_t offset = 0;
  if (!shared_offset(warp, lane, detail.space, address, sizeof column, sizeof column, offset))
    return Flow::stop;
  AccessRule rule;
  rule.space = ptx::Space::shared;
  rule.kind = AccessKind::store;
  RaceClocks& clocks = warp.cta().shared->clocks();
  clocks.warp_sync(warp.index(), active);
  std::byte* const target = access(warp, lane, rule, offset);
  if (target == nullptr) return Flow::stop;
  std::memcpy(target, &column, sizeof column);
  clocks.warp_sync(warp.index(), active);
  return Flow::next;
}

// Another turn: an allocation may be freed meanwhile.
Flow wait_for_columns(Warp& warp, Mask active, std::uint32_t columns) {
  tensor_memory(warp.cta()).waiter = {warp.index(), columns};
  ++warp.cta().polls;
  warp.jump(active, warp.pc());
  return Flow::jump;
}

Flow alloc(Warp& warp, const Op& op, Mask active) {
  const auto& detail = *static_cast<const TensorAllocation*>(op.detail);
  const int lane = std::countr_zero(active);
  if (check_whole_warp(warp, active) == Flow::stop) return Flow::stop;
  const auto columns = columns_of(warp, active, detail.columns);
  const auto target =
      collective(warp, active, "destinations", [&](int l) { return detail.target.at(warp, l); });
  if (!columns || !target) return Flow::stop;
  TensorMemory& memory = tensor_memory(warp.cta());
  if (memory.is_relinquished)
    return report_tcgen05(warp, lane, "comes after tcgen05.relinquish_alloc_permit");
  if (*columns > memory.most_columns)
    return report_tcgen05(warp, lane,
                          fmt::format("{} columns after an allocation of {}: they must not "
                                      "increase",
                                      *columns, memory.most_columns));
  const auto column = memory.allocate(*columns, warp.thread(lane), warp.pc());
  if (!column) return wait_for_columns(warp, active, *columns);
  memory.waiter.reset();
  memory.most_columns = *columns;
  ++warp.cta().effects;
  return store_address(warp, active, detail, *target, *column);
}

Flow dealloc(Warp& warp, const Op& op, Mask active) {
  const auto& detail = *static_cast<const TensorAllocation*>(op.detail);
  const int lane = std::countr_zero(active);
  if (check_whole_warp(warp, active) == Flow::stop) return Flow::stop;
  const auto columns = columns_of(warp, active, detail.columns);
  const auto* const lanes = warp.lanes<std::uint32_t>(detail.address);
  const auto address = collective(warp, active, "addresses", [&](int l) { return lanes[l]; });
  if (!columns || !address) return Flow::stop;
  const TensorAddress at = TensorAddress::of(*address);
  TensorMemory& memory = tensor_memory(warp.cta());
  if (at.lane != 0 || !memory.deallocate(at.column, *columns))
    return report_tcgen05(warp, lane,
                          fmt::format("{:#x} with {} columns is no allocation; the block has "
                                      "allocated {}",
                                      *address, *columns, memory.allocated_text()));
  ++warp.cta().effects;
  return Flow::next;
}

Flow relinquish(Warp& warp, const Op&, Mask active) {
  if (check_whole_warp(warp, active) == Flow::stop) return Flow::stop;
  tensor_memory(warp.cta()).is_relinquished = true;
  return Flow::next;
}

// An immediate is checked by ptxas, too.
Status read_columns(OpBuilder& builder, TensorAllocation& detail) {
  const ptx::Operand& operand = builder.operand(1);
  if (operand.kind == ptx::Operand::Kind::integer && !is_allocation(operand.bits))
    return builder.unsupported("the number of columns must be a power of two from 32 to 512");
  ASSAY_ASSIGN(detail.columns, builder.source(1, ptx::Type::b32));
  return {};
}

Status emit(OpBuilder& builder, Handler run, const TensorAllocation& detail) {
  emit_for_warp(builder, run, OpClass::other, builder.program().keep(detail));
  return {};
}

}  // namespace

Status decode_tensor_alloc(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"alloc", "cta_group::1", "sync", "aligned", "shared::cta"}));
  ASSAY_TRY(builder.expect_operands(2, 2));
  TensorAllocation detail;
  detail.space = space_of(builder);
  ASSAY_ASSIGN(detail.target, read_address(builder, 0));
  ASSAY_TRY(read_columns(builder, detail));
  return emit(builder, alloc, detail);
}

Status decode_tensor_dealloc(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"dealloc", "cta_group::1", "sync", "aligned"}));
  ASSAY_TRY(builder.expect_operands(2, 2));
  TensorAllocation detail;
  ASSAY_ASSIGN(detail.address, builder.source(0, ptx::Type::b32));
  ASSAY_TRY(read_columns(builder, detail));
  return emit(builder, dealloc, detail);
}

Status decode_tensor_relinquish(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"relinquish_alloc_permit", "cta_group::1", "sync", "aligned"}));
  ASSAY_TRY(builder.expect_operands(0, 0));
  return emit(builder, relinquish, {});
}

}  // namespace assay::emulator
