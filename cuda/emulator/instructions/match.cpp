// SPDX-License-Identifier: Apache-2.0
// match.sync: PTX ISA, "Parallel Synchronization and Communication Instructions: match.sync".
#include <array>
#include <bit>

#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/warp_operations.hpp"

namespace assay::emulator {
namespace {

// any: each lane gets the lanes that hold its value.
template <typename T>
Flow match_any(Warp& warp, const Op& op, Mask active) {
  const auto* const a = warp.lanes<T>(op.a);
  const Flow flow = check_members(warp, op, active);
  std::array<Mask, kLanes> equal{};
  for (Mask left = active; left != 0;) {
    const T value = a[std::countr_zero(left)];
    Mask same = 0;
    for (int lane = 0; lane < kLanes; ++lane)
      same |= Mask{a[lane] == value} << lane;
    same &= active;
    for_each_lane(same, [&](int lane) { equal[static_cast<std::size_t>(lane)] = same; });
    left &= ~same;
  }
  auto* const d = warp.lanes<std::uint32_t>(op.dst);
  for_each_lane(active, [&](int lane) { d[lane] = equal[static_cast<std::size_t>(lane)]; });
  return flow;
}

// all: the participating lanes where they all hold the same value, else 0.
template <typename T>
Flow match_all(Warp& warp, const Op& op, Mask active) {
  const auto* const a = warp.lanes<T>(op.a);
  const Flow flow = check_members(warp, op, active);
  const T value = a[std::countr_zero(active)];
  bool is_same = true;
  for_each_lane(active, [&](int lane) { is_same &= a[lane] == value; });
  auto* const d = warp.lanes<std::uint32_t>(op.dst);
  for_each_lane(active, [&](int lane) { d[lane] = is_same ? active : 0; });
  if (op.list != nullptr) warp.set_predicate(op.list[0], active, is_same ? kAllLanes : 0);
  return flow;
}

}  // namespace

Status decode_match(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"sync", "any", "all"}));
  ASSAY_TRY(builder.expect_operands(3, 3));
  const bool is_any = builder.has("any");
  ASSAY_ASSIGN(const ptx::Type type, builder.type());
  const int bytes = ptx::type_bytes(type);
  if (bytes != 4 && bytes != 8) return builder.unsupported("needs the type .b32 or .b64");
  WarpOperands operands;
  ASSAY_TRY(read_destination(builder, ptx::Type::b32, !is_any, operands));
  ASSAY_ASSIGN(const Slot value, builder.source(1, type));
  operands.sources = {value};
  ASSAY_ASSIGN(operands.members, builder.source(2, ptx::Type::b32));
  const Handler run = bytes == 4 ? (is_any ? match_any<std::uint32_t> : match_all<std::uint32_t>)
                                 : (is_any ? match_any<std::uint64_t> : match_all<std::uint64_t>);
  emit_for_members(builder, run, operands);
  return {};
}

}  // namespace assay::emulator
