// SPDX-License-Identifier: Apache-2.0
// Addresses and their spaces: cvta, isspacep, mapa, getctarank (PTX ISA, "Data Movement and
// Conversion Instructions"). A cluster here is one block.
#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/memory.hpp"
#include "cuda/emulator/memory/global_memory.hpp"

namespace assay::emulator {
namespace {

bool is_in(std::uint64_t address, std::uint64_t window) {
  return address >= window && address - window < kWindowBytes;
}

// What cvta adds. Addresses of global and constant memory are generic ones.
Result<std::uint64_t> window_of(const OpBuilder& builder) {
  for (const std::string& modifier : builder.instruction().modifiers) {
    if (modifier == "global" || modifier == "const") return 0;
    if (modifier == "local") return kLocalWindow;
    if (modifier == "param" || modifier == "param::entry") return kParamWindow;
    if (modifier.starts_with("shared")) return kSharedWindow;
  }
  return builder.unsupported("names no state space");
}

Flow cvta(Warp& warp, const Op& op, Mask active) {
  const auto* const a = warp.lanes<std::uint64_t>(op.a);
  auto* const dst = warp.lanes<std::uint64_t>(op.dst);
  const auto distance = static_cast<std::uint64_t>(op.immediate);
  for (int lane = 0; lane < kLanes; ++lane)
    if ((active >> lane & 1) != 0) dst[lane] = a[lane] + distance;
  return Flow::next;
}

Status decode_cvta(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"to", "const", "global", "local", "shared", "shared::cta",
                          "shared::cluster", "param", "param::entry"}));
  ASSAY_TRY(builder.expect_operands(2, 2));
  ASSAY_ASSIGN(const ptx::Type type, builder.type());
  if (type != ptx::Type::u64) return builder.unsupported("addresses have 64 bits: .u64");
  ASSAY_ASSIGN(const std::uint64_t window, window_of(builder));
  ASSAY_ASSIGN(const Slot a, builder.source(1, type));
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, type));
  Op& op = builder.emit(cvta, OpClass::move);
  op.a = a;
  op.dst = dst;
  op.immediate = static_cast<std::int64_t>(builder.has("to") ? 0 - window : window);
  return {};
}

bool is_constant(const GlobalMemory& memory, std::uint64_t address) {
  const auto nearest = memory.find(address);
  return nearest && nearest->is_read_only && address >= nearest->address &&
         address - nearest->address < nearest->bytes;
}

// Op::immediate: a ptx::Space. Constant variables have their window inside the global range.
Flow isspacep(Warp& warp, const Op& op, Mask active) {
  const auto* const a = warp.lanes<std::uint64_t>(op.a);
  const GlobalMemory& memory = warp.cta().launch.memory;
  Mask holds = 0;
  for_each_lane(active, [&](int lane) {
    const auto contains = [&] {
      switch (static_cast<ptx::Space>(op.immediate)) {
        case ptx::Space::shared:
          return is_in(a[lane], kSharedWindow);
        case ptx::Space::local:
          return is_in(a[lane], kLocalWindow);
        case ptx::Space::param:
          return is_in(a[lane], kParamWindow);
        case ptx::Space::constant:
          return is_constant(memory, a[lane]);
        default:
          return !is_in(a[lane], kSharedWindow) && !is_in(a[lane], kLocalWindow) &&
                 !is_constant(memory, a[lane]);
      }
    };
    if (contains()) holds |= 1u << lane;
  });
  warp.set_predicate(op.dst, active, holds);
  return Flow::next;
}

Status decode_isspacep(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"const", "global", "local", "shared", "shared::cta", "shared::cluster",
                          "param", "param::entry"}));
  ASSAY_TRY(builder.expect_operands(2, 2));
  const ptx::Space space = builder.has("const")   ? ptx::Space::constant
                           : builder.has("local") ? ptx::Space::local
                           : builder.has("param") || builder.has("param::entry")
                               ? ptx::Space::param
                               : space_of(builder);
  if (space == ptx::Space::generic) return builder.unsupported("names no state space");
  ASSAY_ASSIGN(const Slot a, builder.source(1, ptx::Type::u64));
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, ptx::Type::pred));
  Op& op = builder.emit(isspacep, OpClass::predicate);
  op.a = a;
  op.dst = dst;
  op.immediate = static_cast<std::int64_t>(space);
  return {};
}

template <typename T>
Flow mapa(Warp& warp, const Op& op, Mask active) {
  const auto* const a = warp.lanes<T>(op.a);
  const auto* const rank = warp.lanes<std::uint32_t>(op.b);
  auto* const dst = warp.lanes<T>(op.dst);
  Flow flow = Flow::next;
  for_each_lane(active, [&](int lane) {
    if (flow == Flow::next && rank[lane] != 0)
      flow = report(warp, lane, FindingKind::invalid_address,
                    fmt::format("block {} of a cluster of 1", rank[lane]));
    dst[lane] = a[lane];
  });
  return flow;
}

Status decode_mapa(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"shared::cluster"}));
  ASSAY_TRY(builder.expect_operands(3, 3));
  ASSAY_ASSIGN(const ptx::Type type, builder.type());
  ASSAY_ASSIGN(const Slot a, builder.source(1, type));
  ASSAY_ASSIGN(const Slot rank, builder.source(2, ptx::Type::u32));
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, type));
  Op& op = builder.emit(ptx::type_bytes(type) == 4 ? mapa<std::uint32_t> : mapa<std::uint64_t>,
                        OpClass::move);
  op.a = a;
  op.b = rank;
  op.dst = dst;
  return {};
}

Flow getctarank(Warp& warp, const Op& op, Mask active) {
  auto* const dst = warp.lanes<std::uint32_t>(op.dst);
  for_each_lane(active, [&](int lane) { dst[lane] = 0; });
  return Flow::next;
}

Status decode_getctarank(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"shared::cluster"}));
  ASSAY_TRY(builder.expect_operands(2, 2));
  ASSAY_ASSIGN(const ptx::Type type, builder.type());
  ASSAY_TRY(builder.source(1, type));
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, ptx::Type::u32));
  builder.emit(getctarank, OpClass::move).dst = dst;
  return {};
}

}  // namespace

void add_address_operations(InstructionTable& table) {
  table.add("cvta", decode_cvta);
  table.add("isspacep", decode_isspacep);
  table.add("mapa", decode_mapa);
  table.add("getctarank", decode_getctarank);
}

}  // namespace assay::emulator
