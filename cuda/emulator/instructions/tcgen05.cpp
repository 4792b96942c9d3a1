// SPDX-License-Identifier: Apache-2.0
// tcgen05.*: PTX ISA 9.7.16. Here are .wait (9.7.16.8.5), .fence (9.7.16.11.1) and .commit
// (9.7.16.12.1): operations happen when they are issued, so that nothing is left to wait for.
#include "cuda/emulator/instructions/tcgen05.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/instructions/mbarrier.hpp"

namespace assay::emulator {

Result<AddressOperand> read_tensor_address(OpBuilder& builder, std::size_t index) {
  ASSAY_ASSIGN(const AddressOperand address, read_address(builder, index));
  if (!address.is_32_bit)
    return builder.unsupported(
        fmt::format("operand {}: an address of tensor memory is a register of 32 bits", index + 1));
  return address;
}

Flow report_tcgen05(Warp& warp, int lane, std::string message) {
  return report(warp, lane, FindingKind::invalid_tcgen05, std::move(message));
}

bool check_columns(Warp& warp, int lane, std::uint32_t column, std::uint32_t columns,
                   std::string_view what) {
  const TensorMemory& memory = tensor_memory(warp.cta());
  if (memory.is_allocated(column, columns)) return true;
  report(warp, lane, FindingKind::out_of_bounds,
         fmt::format("{} columns {}-{} of tensor memory, of which the block has allocated {}", what,
                     column, column + columns - 1, memory.allocated_text()));
  return false;
}

namespace {

Flow nothing(Warp&, const Op&, Mask) {
  return Flow::next;
}

// One arrival a lane, which orders what the thread did before behind it.
Flow commit(Warp& warp, const Op& op, Mask active) {
  const auto& where = *static_cast<const MbarrierOperand*>(op.detail);
  Flow flow = Flow::next;
  for_each_lane(active, [&](int lane) {
    if (flow == Flow::stop) return;
    std::uint32_t offset = 0;
    Mbarrier* const object = find_mbarrier(warp, lane, where, offset);
    if (object == nullptr) {
      flow = Flow::stop;
      return;
    }
    order_arrival(warp, lane, offset, object->phase(), true);
    if (const auto fault = object->arrive(1, true))
      flow = report_mbarrier(warp, lane, offset, *fault);
    ++warp.cta().effects;
  });
  return flow;
}

Status decode_commit(OpBuilder& builder) {
  if (builder.has("multicast::cluster"))
    return builder.unsupported("clusters of more than one block are not supported");
  ASSAY_TRY(builder.only({"commit", "cta_group::1", "mbarrier::arrive::one", "shared::cluster"}));
  ASSAY_TRY(builder.expect_operands(1, 1));
  if (!builder.has("mbarrier::arrive::one"))
    return builder.unsupported("needs .mbarrier::arrive::one");
  MbarrierOperand where;
  where.space = space_of(builder);
  ASSAY_ASSIGN(where.address, read_address(builder, 0));
  const auto* const kept = builder.program().keep(where);
  builder.emit(commit, OpClass::barrier).detail = kept;
  return {};
}

Status decode_wait(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"wait::ld", "wait::st", "sync", "aligned"}));
  ASSAY_TRY(builder.expect_operands(0, 0));
  builder.emit(nothing, OpClass::fence).sync = Sync::warp;
  return {};
}

Status decode_fence(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"fence::before_thread_sync", "fence::after_thread_sync"}));
  ASSAY_TRY(builder.expect_operands(0, 0));
  builder.emit(nothing, OpClass::fence);
  return {};
}

struct Operation {
  std::string_view name;
  Decoder decode;
  bool has_group;      // .cta_group
  bool is_collective;  // .sync.aligned
  std::string_view type;
};

constexpr std::array<Operation, 11> kOperations = {
    {{"alloc", decode_tensor_alloc, true, true, "b32"},
     {"dealloc", decode_tensor_dealloc, true, true, "b32"},
     {"relinquish_alloc_permit", decode_tensor_relinquish, true, true, ""},
     {"ld", decode_tensor_load, false, true, "b32"},
     {"st", decode_tensor_store, false, true, "b32"},
     {"wait::ld", decode_wait, false, true, ""},
     {"wait::st", decode_wait, false, true, ""},
     {"fence::before_thread_sync", decode_fence, false, false, ""},
     {"fence::after_thread_sync", decode_fence, false, false, ""},
     {"mma", decode_tensor_mma, true, false, ""},
     {"commit", decode_commit, true, false, "b64"}}};

// What is mandatory, and no type but that.
Status check_spelling(const OpBuilder& builder, const Operation& operation) {
  if (operation.has_group && !builder.has("cta_group::1"))
    return builder.unsupported("needs .cta_group::1");
  if (operation.is_collective && !(builder.has("sync") && builder.has("aligned")))
    return builder.unsupported("needs .sync.aligned");
  if (!operation.type.empty() && !builder.has(operation.type))
    return builder.unsupported(fmt::format("needs .{}", operation.type));
  for (const std::string& modifier : builder.instruction().modifiers)
    if (ptx::parse_type(modifier) && modifier != operation.type)
      return builder.unsupported(fmt::format("has no type .{}", modifier));
  return {};
}

bool has_tensor_memory(std::string_view target) {
  const bool is_family =
      target.starts_with("sm_100") || target.starts_with("sm_103") || target.starts_with("sm_110");
  return is_family && (target.ends_with('a') || target.ends_with('f'));
}

Status decode_tcgen05(OpBuilder& builder) {
  if (!has_tensor_memory(builder.target()))
    return builder.unsupported(
        fmt::format("exists on sm_100a, sm_103a, sm_110a and their families, "
                    "not on {}",
                    builder.target()));
  if (builder.has("cta_group::2"))
    return builder.unsupported("pairs of blocks (.cta_group::2) are not supported");
  const auto& modifiers = builder.instruction().modifiers;
  const std::string_view name = modifiers.empty() ? "" : std::string_view(modifiers.front());
  const auto* const found = std::ranges::find(kOperations, name, &Operation::name);
  if (name == "cp")
    return builder.unsupported("copies from shared memory to tensor memory are not supported");
  if (name == "shift") return builder.unsupported("shifts of tensor memory are not supported");
  if (name == "ld" && builder.has("red"))
    return builder.unsupported("loads with a reduction (.red) are not supported");
  if (found == kOperations.end())
    return builder.unsupported(fmt::format("there is no tcgen05.{}", name));
  ASSAY_TRY(check_spelling(builder, *found));
  return found->decode(builder);
}

}  // namespace

void add_tcgen05(InstructionTable& table) {
  table.add("tcgen05", decode_tcgen05);
}

}  // namespace assay::emulator
