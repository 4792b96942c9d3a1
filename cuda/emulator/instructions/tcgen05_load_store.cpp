// SPDX-License-Identifier: Apache-2.0
// tcgen05.ld and tcgen05.st of shape .32x32b: PTX ISA 9.7.16.8.3, 9.7.16.8.4; the fragment is in
// 9.7.16.2.3.1.1 (register i of lane l is lane l, column i of the 32 lanes that are accessed), the
// lanes that a warp may access in 9.7.16.8.1.
#include <charconv>

#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/mma.hpp"
#include "cuda/emulator/instructions/tcgen05.hpp"
#include "cuda/emulator/instructions/tcgen05_operands.hpp"

namespace assay::emulator {
namespace {

struct TensorAccess {
  AddressOperand address;
  std::vector<Slot> registers;  // one a column
};

// What the warp accesses from; nothing after a finding.
std::optional<TensorAddress> place_of(Warp& warp, Mask active, const TensorAccess& access,
                                      std::string_view what) {
  const auto address = collective(warp, active, "addresses",
                                  [&](int lane) { return access.address.at(warp, lane); });
  if (!address) return std::nullopt;
  const TensorAddress at = TensorAddress::of(*address);
  const int lane = std::countr_zero(active);
  const std::uint32_t own = warp.index() % 4 * kLanes;
  if (at.lane != own) {
    report(warp, lane, FindingKind::invalid_address,
           fmt::format("{} lanes {}-{} of tensor memory, but warp {} may access lanes {}-{} only",
                       what, at.lane, at.lane + kLanes - 1, warp.index(), own, own + kLanes - 1));
    return std::nullopt;
  }
  const auto columns = static_cast<std::uint32_t>(access.registers.size());
  if (!check_columns(warp, lane, at.column, columns, what)) return std::nullopt;
  return at;
}

Flow tensor_load(Warp& warp, const Op& op, Mask active) {
  const auto& access = *static_cast<const TensorAccess*>(op.detail);
  if (check_whole_warp(warp, active) == Flow::stop) return Flow::stop;
  const auto at = place_of(warp, active, access, "loads");
  if (!at) return Flow::stop;
  const TensorMemory& memory = tensor_memory(warp.cta());
  Flow flow = Flow::next;
  bool is_reported = false;
  for (std::size_t i = 0; i < access.registers.size(); ++i) {
    auto* const target = warp.lanes<std::uint32_t>(access.registers[i]);
    const std::uint32_t column = at->column + static_cast<std::uint32_t>(i);
    for_each_lane(active, [&](int lane) {
      const std::uint32_t row = at->lane + static_cast<std::uint32_t>(lane);
      target[lane] = memory.read(row, column);
      if (is_reported || memory.is_written(row, column)) return;
      is_reported = true;
      flow = report_unwritten(warp, lane, row, column);
    });
  }
  return flow;
}

Flow tensor_store(Warp& warp, const Op& op, Mask active) {
  const auto& access = *static_cast<const TensorAccess*>(op.detail);
  if (check_whole_warp(warp, active) == Flow::stop) return Flow::stop;
  const auto at = place_of(warp, active, access, "stores to");
  if (!at) return Flow::stop;
  TensorMemory& memory = tensor_memory(warp.cta());
  for (std::size_t i = 0; i < access.registers.size(); ++i) {
    const auto* const source = warp.lanes<std::uint32_t>(access.registers[i]);
    const std::uint32_t column = at->column + static_cast<std::uint32_t>(i);
    for_each_lane(active, [&](int lane) {
      memory.write(at->lane + static_cast<std::uint32_t>(lane), column, source[lane]);
    });
  }
  ++warp.cta().effects;
  return Flow::next;
}

// .x1 to .x128, and a vector of as many registers.
Status check_shape(const OpBuilder& builder, std::size_t vector) {
  if (!builder.has("32x32b"))
    return builder.unsupported("shapes other than .32x32b are not supported");
  ASSAY_TRY(builder.expect_operands(2, 2));
  for (const std::string_view modifier : builder.instruction().modifiers) {
    std::size_t count = 0;
    if (!modifier.starts_with('x')) continue;
    std::from_chars(modifier.data() + 1, modifier.data() + modifier.size(), count);
    const ptx::Operand& operand = builder.operand(vector);
    if (operand.kind != ptx::Operand::Kind::vector || operand.elements.size() != count)
      return builder.unsupported(
          fmt::format("operand {} must be a vector of {} registers", vector + 1, count));
    return {};
  }
  return builder.unsupported("needs .x1 to .x128");
}

Status allow_modifiers(const OpBuilder& builder, std::string_view name) {
  for (const std::string_view other : {"pack::16b", "unpack::16b"})
    if (builder.has(other)) return builder.unsupported(fmt::format(".{} is not supported", other));
  return builder.only({name, "sync", "aligned", "16x64b", "16x128b", "16x256b", "16x32bx2",
                       "32x32b", "x1", "x2", "x4", "x8", "x16", "x32", "x64", "x128"});
}

}  // namespace

Status decode_tensor_load(OpBuilder& builder) {
  ASSAY_TRY(allow_modifiers(builder, "ld"));
  ASSAY_TRY(check_shape(builder, 0));
  TensorAccess access;
  ASSAY_ASSIGN(access.address, read_tensor_address(builder, 1));
  ASSAY_ASSIGN(access.registers, builder.destinations(0, ptx::Type::b32));
  emit_for_warp(builder, tensor_load, OpClass::other, builder.program().keep(access));
  return {};
}

Status decode_tensor_store(OpBuilder& builder) {
  ASSAY_TRY(allow_modifiers(builder, "st"));
  ASSAY_TRY(check_shape(builder, 1));
  TensorAccess access;
  ASSAY_ASSIGN(access.address, read_tensor_address(builder, 0));
  ASSAY_ASSIGN(access.registers, builder.sources(1, ptx::Type::b32));
  emit_for_warp(builder, tensor_store, OpClass::other, builder.program().keep(access));
  return {};
}

}  // namespace assay::emulator
