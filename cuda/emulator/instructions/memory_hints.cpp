// SPDX-License-Identifier: Apache-2.0
// What the ISA calls performance hints: prefetch, prefetchu, applypriority, createpolicy; they have
// no effect here, their operands are only checked. discard, which leaves memory without a value.
#include <algorithm>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/memory.hpp"
#include "cuda/emulator/memory/global_memory.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint32_t kLineBytes = 128;

Flow no_effect(Warp&, const Op&, Mask) {
  return Flow::next;
}

Status decode_prefetch(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"global", "local", "const", "param", "L1", "L2", "L2::evict_last",
                          "L2::evict_normal", "tensormap"}));
  ASSAY_TRY(builder.expect_operands(1, 1));
  ASSAY_TRY(builder.address(0));
  builder.emit(no_effect, OpClass::memory);
  return {};
}

Status check_line(OpBuilder& builder) {
  ASSAY_TRY(builder.expect_operands(2, 2));
  ASSAY_ASSIGN(const std::int64_t bytes, builder.integer(1));
  if (bytes != kLineBytes) return builder.unsupported("the size must be 128");
  return {};
}

Status decode_applypriority(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"global", "L2::evict_normal"}));
  ASSAY_TRY(check_line(builder));
  ASSAY_TRY(builder.address(0));
  builder.emit(no_effect, OpClass::memory);
  return {};
}

// A weak write of an indeterminate value: the bytes count as never written.
Flow discard(Warp& warp, const Op& op, Mask active) {
  const auto& operand = *static_cast<const AddressOperand*>(op.detail);
  AccessRule rule;
  rule.space = ptx::Space::global;
  rule.kind = AccessKind::store;
  rule.bytes = rule.align = kLineBytes;
  Flow flow = Flow::next;
  for_each_lane(active, [&](int lane) {
    if (flow == Flow::stop) return;
    const std::uint64_t address = operand.at(warp, lane);
    if (access(warp, lane, rule, address) == nullptr) {
      flow = Flow::stop;
    } else {
      std::fill_n(warp.cta().launch.memory.shadow(address), kLineBytes,
                  static_cast<std::uint8_t>(ByteState::uninitialized));
    }
  });
  return flow;
}

Status decode_discard(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"global", "L2"}));
  ASSAY_TRY(check_line(builder));
  ASSAY_ASSIGN(const AddressOperand address, read_address(builder, 0));
  const auto* const kept = builder.program().keep(address);
  builder.emit(discard, OpClass::memory).detail = kept;
  return {};
}

// The policy is opaque to programs; instructions that take one ignore it.
Flow createpolicy(Warp& warp, const Op& op, Mask active) {
  auto* const dst = warp.lanes<std::uint64_t>(op.dst);
  for_each_lane(active, [&](int lane) { dst[lane] = 0; });
  return Flow::next;
}

Status decode_createpolicy(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"range", "fractional", "cvt", "global", "L2", "L2::evict_last",
                          "L2::evict_normal", "L2::evict_first", "L2::evict_unchanged"}));
  ASSAY_TRY(builder.expect_operands(1, 4));
  if (builder.has("range")) {
    ASSAY_TRY(builder.expect_operands(4, 4));
    ASSAY_TRY(builder.address(1));
    ASSAY_TRY(builder.source(2, ptx::Type::b32));
    ASSAY_TRY(builder.source(3, ptx::Type::b32));
  } else if (builder.operand_count() > 1) {
    ASSAY_TRY(builder.source(1, builder.has("cvt") ? ptx::Type::b64 : ptx::Type::f32));
  }
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, ptx::Type::b64));
  builder.emit(createpolicy, OpClass::move).dst = dst;
  return {};
}

}  // namespace

void add_cache_operations(InstructionTable& table) {
  table.add("prefetch", decode_prefetch);
  table.add("prefetchu", decode_prefetch);
  table.add("applypriority", decode_applypriority);
  table.add("discard", decode_discard);
  table.add("createpolicy", decode_createpolicy);
}

}  // namespace assay::emulator
