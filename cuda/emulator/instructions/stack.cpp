// SPDX-License-Identifier: Apache-2.0
// alloca, stacksave, stackrestore: PTX ISA, "Stack Manipulation Instructions". Addresses are those
// of the local space; the stack grows up.
#include <bit>

#include <fmt/format.h>

#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/memory.hpp"

namespace assay::emulator {
namespace {

constexpr std::int64_t kLeastAlign = 8, kMostAlign = std::int64_t{1} << 23;

template <typename T>
Flow allocate(Warp& warp, const Op& op, Mask active) {
  const auto* const size = warp.lanes<T>(op.a);
  auto* const dst = warp.lanes<T>(op.dst);
  Flow flow = Flow::next;
  for_each_lane(active, [&](int lane) {
    const std::uint64_t bytes = size[lane];
    dst[lane] = warp.allocate_local(lane, bytes, static_cast<std::uint32_t>(op.immediate));
    if (dst[lane] == 0 && flow == Flow::next)
      flow = report(warp, lane, FindingKind::stack_overflow,
                    fmt::format("no stack is left for {} bytes", bytes));
  });
  return flow;
}

Status decode_alloca(OpBuilder& builder) {
  ASSAY_TRY(builder.only({}));
  ASSAY_TRY(builder.expect_operands(2, 3));
  ASSAY_ASSIGN(const ptx::Type type, builder.type());
  ASSAY_ASSIGN(const Slot size, builder.source(1, type));
  std::int64_t align = kLeastAlign;
  if (builder.operand_count() == 3) {
    ASSAY_ASSIGN(align, builder.integer(2));
  }
  if (align <= 0 || align > kMostAlign || !std::has_single_bit(static_cast<std::uint64_t>(align)))
    return builder.unsupported("the alignment must be a power of two, at most 2^23");
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, type));
  Op& op =
      builder.emit(ptx::type_bytes(type) == 4 ? allocate<std::uint32_t> : allocate<std::uint64_t>,
                   OpClass::memory);
  op.a = size;
  op.dst = dst;
  op.immediate = std::max(align, kLeastAlign);
  return {};
}

template <typename T>
Flow save(Warp& warp, const Op& op, Mask active) {
  auto* const dst = warp.lanes<T>(op.dst);
  for_each_lane(active, [&](int lane) { dst[lane] = warp.local_end(lane); });
  return Flow::next;
}

Status decode_stacksave(OpBuilder& builder) {
  ASSAY_TRY(builder.only({}));
  ASSAY_TRY(builder.expect_operands(1, 1));
  ASSAY_ASSIGN(const ptx::Type type, builder.type());
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, type));
  builder
      .emit(ptx::type_bytes(type) == 4 ? save<std::uint32_t> : save<std::uint64_t>, OpClass::memory)
      .dst = dst;
  return {};
}

template <typename T>
Flow restore(Warp& warp, const Op& op, Mask active) {
  const auto* const end = warp.lanes<T>(op.a);
  Flow flow = Flow::next;
  for_each_lane(active, [&](int lane) {
    if (flow == Flow::next && !warp.shrink_local(lane, end[lane]))
      flow = report(warp, lane, FindingKind::invalid_address,
                    fmt::format("{:#x} is no stack pointer that stacksave gave", end[lane]));
  });
  return flow;
}

Status decode_stackrestore(OpBuilder& builder) {
  ASSAY_TRY(builder.only({}));
  ASSAY_TRY(builder.expect_operands(1, 1));
  ASSAY_ASSIGN(const ptx::Type type, builder.type());
  ASSAY_ASSIGN(const Slot a, builder.source(0, type));
  builder
      .emit(ptx::type_bytes(type) == 4 ? restore<std::uint32_t> : restore<std::uint64_t>,
            OpClass::memory)
      .a = a;
  return {};
}

}  // namespace

void add_stack_operations(InstructionTable& table) {
  table.add("alloca", decode_alloca);
  table.add("stacksave", decode_stacksave);
  table.add("stackrestore", decode_stackrestore);
}

}  // namespace assay::emulator
