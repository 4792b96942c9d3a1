// SPDX-License-Identifier: Apache-2.0
// Where the variables lie that an instruction names, as values and in address operands: OpBuilder's
// part that knows the layout of memory.
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/program/function_decoder.hpp"
#include "cuda/emulator/program/op_builder.hpp"

namespace assay::emulator {
namespace {

using Kind = ptx::Operand::Kind;

// Handlers that fill scratch registers keep to their lanes: others may stand between such an
// operation and the one that it serves.
Flow local_address(Warp& warp, const Op& op, Mask active) {
  auto* const dst = warp.lanes<std::uint64_t>(op.dst);
  for_each_lane(active, [&](int lane) {
    dst[lane] = warp.local_base(lane) + static_cast<std::uint64_t>(op.immediate);
  });
  return Flow::next;
}

Flow narrow_address(Warp& warp, const Op& op, Mask active) {
  const auto* const src = warp.lanes<std::uint64_t>(op.a);
  auto* const dst = warp.lanes<std::uint32_t>(op.dst);
  for_each_lane(active, [&](int lane) { dst[lane] = static_cast<std::uint32_t>(src[lane]); });
  return Flow::next;
}

const ptx::Variable& variable_of(const FunctionDecoder& function, const ptx::Module& module,
                                 ptx::VariableId id) {
  const auto index = static_cast<std::size_t>(id.index);
  if (!id.in_function) return module.variables[index];
  const std::size_t own = function.source().variables.size();
  const std::size_t params = function.source().params.size();
  if (index < own) return function.source().variables[index];
  return index < own + params ? function.source().params[index - own]
                              : function.source().results[index - own - params];
}

}  // namespace

// The address as a value: of shared, local and parameter variables in their own space.
Result<Slot> OpBuilder::variable_address(const ptx::Operand& operand, ptx::Type type) {
  ASSAY_ASSIGN(const VariablePlace place, place_of(operand.variable));
  const std::uint64_t address = place.address + static_cast<std::uint64_t>(operand.offset);
  if (place.space != ptx::Space::local) return constant(address, type);
  const Slot wide = scratch(ptx::Type::b64);
  Op& op = function_.emit(local_address, OpClass::move, &instruction_);
  op.guard = kNoSlot;
  op.dst = wide;
  op.immediate = static_cast<std::int64_t>(address);
  if (ptx::type_bytes(type) == 8) return wide;
  const Slot narrow = scratch(ptx::Type::b32);
  Op& cut = function_.emit(narrow_address, OpClass::move, &instruction_);
  cut.guard = kNoSlot;
  cut.dst = narrow;
  cut.a = wide;
  return narrow;
}

Result<OpBuilder::VariablePlace> OpBuilder::place_of(ptx::VariableId id) const {
  const Program& program = function_.program();
  const ptx::Variable& variable = variable_of(function_, program.module, id);
  const auto index = static_cast<std::size_t>(id.index);
  const Layout::FunctionLayout& layout = function_.layout();
  VariablePlace place;
  place.space = variable.space;
  if (!id.in_function) {
    place.address = variable.space == ptx::Space::shared
                        ? function_.module_layout().module_shared[index]
                        : program.variable_addresses[index];
    if (variable.space == ptx::Space::local)
      return unsupported(
          fmt::format("{}: .local variables of a module are not supported", variable.name));
    return place;
  }
  const std::size_t own = function_.source().variables.size();
  const std::size_t params = function_.source().params.size();
  if (index < own) {
    place.address = layout.variables[index];
  } else {
    place.is_own_param = index < own + params;
    place.address =
        place.is_own_param ? layout.params[index - own] : layout.results[index - own - params];
  }
  return place;
}

Result<OpBuilder::Address> OpBuilder::address(std::size_t index) {
  if (index >= operand_count() || operand(index).kind != Kind::address)
    return unsupported(fmt::format("operand {} must be an address [...]", index + 1));
  const ptx::Operand& base = operand(index).elements[0];
  Address address;
  address.offset = operand(index).offset;
  if (base.kind == Kind::variable) {
    ASSAY_ASSIGN(const VariablePlace place, place_of(base.variable));
    if (place.space == ptx::Space::param) {
      address.is_param = place.is_own_param && function_.source().is_entry;
      address.is_call_param = !address.is_param;
      address.offset += static_cast<std::int64_t>(place.address) + base.offset;
      return address;
    }
    ASSAY_ASSIGN(address.base, variable_address(base, ptx::Type::b64));
    return address;
  }
  address.is_32_bit = base.kind == Kind::reg && width_of(base, ptx::Type::b64) == 4;
  ASSAY_ASSIGN(address.base, source(base, address.is_32_bit ? ptx::Type::b32 : ptx::Type::b64));
  return address;
}

}  // namespace assay::emulator
