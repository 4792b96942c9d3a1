// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>

#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/instructions/special_registers.hpp"
#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/program/function_decoder.hpp"
#include "reference/suggest.hpp"

namespace assay::emulator {
namespace {

using Kind = ptx::Operand::Kind;

std::uint32_t lane_width(ptx::Type type) {
  return type == ptx::Type::pred ? 2 : static_cast<std::uint32_t>(ptx::type_bytes(type));
}

// A literal as bits of the type: PTX ISA 4.5. Floating-point literals are binary64, unless written
// 0f.
std::uint64_t literal_bits(const ptx::Operand& operand, ptx::Type type) {
  if (operand.kind == Kind::integer) {
    if (type == ptx::Type::pred) return operand.bits == 0 ? 0 : 0xFFFF;
    if (type == ptx::Type::f64)
      return std::bit_cast<std::uint64_t>(double(std::int64_t(operand.bits)));
    if (type == ptx::Type::f32)
      return std::bit_cast<std::uint32_t>(static_cast<float>(std::int64_t(operand.bits)));
    return operand.bits;
  }
  if (operand.is_f64 && type == ptx::Type::f32)
    return std::bit_cast<std::uint32_t>(static_cast<float>(std::bit_cast<double>(operand.bits)));
  if (!operand.is_f64 && type == ptx::Type::f64)
    return std::bit_cast<std::uint64_t>(
        double(std::bit_cast<float>(static_cast<std::uint32_t>(operand.bits))));
  return operand.bits;
}

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

std::string_view OpBuilder::target() const {
  return function_.program().module.target;
}

Program& OpBuilder::program() {
  return function_.program();
}

Result<ptx::Type> OpBuilder::type(std::size_t nth) const {
  for (const std::string& modifier : instruction_.modifiers)
    if (const auto type = ptx::parse_type(modifier); type && nth-- == 0) return *type;
  return unsupported("needs a type");
}

Status OpBuilder::only(std::initializer_list<std::string_view> known) const {
  for (const std::string& modifier : instruction_.modifiers) {
    if (ptx::parse_type(modifier) || std::ranges::find(known, modifier) != known.end()) continue;
    const std::vector<std::string> names(known.begin(), known.end());
    return unsupported(fmt::format("the modifier .{} is not supported{}", modifier,
                                   did_you_mean(modifier, names)));
  }
  return {};
}

Status OpBuilder::expect_operands(std::size_t least, std::size_t most) const {
  if (operand_count() >= least && operand_count() <= most) return {};
  return unsupported(
      fmt::format("has {} operands, takes {}", operand_count(),
                  least == most ? fmt::format("{}", least) : fmt::format("{} to {}", least, most)));
}

int OpBuilder::width_of(const ptx::Operand& operand, ptx::Type type) const {
  if (operand.kind != Kind::reg) return ptx::type_bytes(type);
  const auto& registers = function_.source().registers;
  return ptx::type_bytes(registers[static_cast<std::size_t>(operand.index)].type);
}

namespace {

Status check_register(const OpBuilder& builder, const ptx::Register& reg, ptx::Type type,
                      bool allow_wider) {
  const bool both_predicates = (reg.type == ptx::Type::pred) == (type == ptx::Type::pred);
  const int have = ptx::type_bytes(reg.type), want = ptx::type_bytes(type);
  if (both_predicates && (have == want || (allow_wider && have > want))) return {};
  return builder.unsupported(fmt::format("register {} is .{}, which .{} does not fit", reg.name,
                                         ptx::type_name(reg.type), ptx::type_name(type)));
}

}  // namespace

Result<Slot> OpBuilder::source(const ptx::Operand& operand, ptx::Type type, bool allow_wider) {
  switch (operand.kind) {
    case Kind::reg: {
      const auto& reg = function_.source().registers[static_cast<std::size_t>(operand.index)];
      ASSAY_TRY(check_register(*this, reg, type, allow_wider));
      const Slot slot = function_.read(operand.index);
      if (!operand.is_negated) return slot;
      const Slot inverse = scratch(ptx::Type::pred);
      Op& op = function_.emit(
          [](Warp& warp, const Op& self, Mask active) {
            warp.set_predicate(self.dst, active, ~warp.predicate(self.a));
            return Flow::next;
          },
          OpClass::predicate, &instruction_);
      op.guard = kNoSlot;
      op.dst = inverse;
      op.a = slot;
      return inverse;
    }
    case Kind::integer:
    case Kind::real:
      return constant(literal_bits(operand, type), type);
    case Kind::special:
      return special_register(*this, operand.name, type);
    case Kind::variable:
      return variable_address(operand, type);
    case Kind::function:
      return constant(kFunctionWindow + static_cast<std::uint64_t>(operand.index), type);
    case Kind::vector:
      if (operand.elements.size() == 1) return source(operand.elements[0], type, allow_wider);
      [[fallthrough]];
    default:
      return unsupported(fmt::format("operand {} cannot be a source here", operand.name));
  }
}

Result<Slot> OpBuilder::destination(const ptx::Operand& operand, ptx::Type type, bool allow_wider) {
  if (operand.kind == Kind::sink) return scratch(type);
  if (operand.kind == Kind::vector && operand.elements.size() == 1)
    return destination(operand.elements[0], type, allow_wider);
  if (operand.kind != Kind::reg)
    return unsupported(fmt::format("operand {} cannot be a destination", operand.name));
  const auto& reg = function_.source().registers[static_cast<std::size_t>(operand.index)];
  ASSAY_TRY(check_register(*this, reg, type, allow_wider));
  return function_.write(operand.index);
}

Result<Slot> OpBuilder::source(std::size_t index, ptx::Type type, bool allow_wider) {
  if (index >= operand_count()) return unsupported("an operand is missing");
  return source(operand(index), type, allow_wider);
}

Result<Slot> OpBuilder::destination(std::size_t index, ptx::Type type, bool allow_wider) {
  if (index >= operand_count()) return unsupported("an operand is missing");
  return destination(operand(index), type, allow_wider);
}

Result<std::vector<Slot>> OpBuilder::sources(std::size_t index, ptx::Type type, bool allow_wider) {
  if (index >= operand_count()) return unsupported("an operand is missing");
  std::vector<Slot> slots;
  if (operand(index).kind != Kind::vector) {
    ASSAY_ASSIGN(const Slot slot, source(index, type, allow_wider));
    return std::vector<Slot>{slot};
  }
  for (const ptx::Operand& element : operand(index).elements) {
    ASSAY_ASSIGN(const Slot slot, source(element, type, allow_wider));
    slots.push_back(slot);
  }
  return slots;
}

Result<std::vector<Slot>> OpBuilder::destinations(std::size_t index, ptx::Type type,
                                                  bool allow_wider) {
  if (index >= operand_count()) return unsupported("an operand is missing");
  std::vector<Slot> slots;
  if (operand(index).kind != Kind::vector) {
    ASSAY_ASSIGN(const Slot slot, destination(index, type, allow_wider));
    return std::vector<Slot>{slot};
  }
  for (const ptx::Operand& element : operand(index).elements) {
    ASSAY_ASSIGN(const Slot slot, destination(element, type, allow_wider));
    slots.push_back(slot);
  }
  return slots;
}

Result<std::int64_t> OpBuilder::integer(std::size_t index) const {
  if (index < operand_count() && operand(index).kind == Kind::integer)
    return static_cast<std::int64_t>(operand(index).bits);
  return unsupported(fmt::format("operand {} must be an integer constant", index + 1));
}

Slot OpBuilder::constant(std::uint64_t bits, ptx::Type type) {
  return function_.constant(bits, lane_width(type));
}

Slot OpBuilder::scratch(ptx::Type type) {
  return function_.scratch(type);
}

Slot OpBuilder::carry_flag() {
  return function_.carry_flag();
}

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

Op& OpBuilder::emit(Handler run, OpClass op_class) {
  return function_.emit(run, op_class, &instruction_);
}

OpInfo& OpBuilder::info() {
  return function_.program().infos.back();
}

tl::unexpected<Error> OpBuilder::unsupported(std::string_view message) const {
  return fail(ErrorCode::usage, "{}:{}: {}: {}", function_.program().module.name, instruction_.line,
              instruction_.spelled(), message);
}

}  // namespace assay::emulator
