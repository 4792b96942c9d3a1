// SPDX-License-Identifier: Apache-2.0
// What a decoder asks of its instruction: modifiers, operands as slots, and operations to emit.
// Where variables lie is in variable_address.cpp.
#include "cuda/emulator/program/op_builder.hpp"

#include <algorithm>
#include <bit>
#include <span>

#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/instructions/special_registers.hpp"
#include "cuda/emulator/memory/address_space.hpp"
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

// The operand's register must fit the type.
Status check_register(OpBuilder& builder, const ptx::Operand& operand, ptx::Type type,
                      bool allow_wider) {
  const auto index = static_cast<std::size_t>(operand.index);
  const ptx::Register& reg = builder.function().source().registers[index];
  const bool both_predicates = (reg.type == ptx::Type::pred) == (type == ptx::Type::pred);
  const int have = ptx::type_bytes(reg.type), want = ptx::type_bytes(type);
  if (both_predicates && (have == want || (allow_wider && have > want))) return {};
  return builder.unsupported(fmt::format("register {} is .{}, which .{} does not fit", reg.name,
                                         ptx::type_name(reg.type), ptx::type_name(type)));
}

Flow invert(Warp& warp, const Op& op, Mask active) {
  warp.set_predicate(op.dst, active, ~warp.predicate(op.a));
  return Flow::next;
}

// In the whole group: the guard is for the instruction itself.
Slot emit_inverse(OpBuilder& builder, Slot predicate) {
  const Slot inverse = builder.scratch(ptx::Type::pred);
  Op& op = builder.emit(invert, OpClass::predicate);
  op.guard = kNoSlot;
  op.dst = inverse;
  op.a = predicate;
  return inverse;
}

// Of the elements of a {vector}, or of a lone operand.
template <typename SlotOf>
Result<std::vector<Slot>> slots_of(const ptx::Operand& operand, SlotOf slot_of) {
  const bool is_vector = operand.kind == Kind::vector;
  std::vector<Slot> slots;
  for (const ptx::Operand& element :
       is_vector ? std::span(operand.elements) : std::span(&operand, 1)) {
    ASSAY_ASSIGN(const Slot slot, slot_of(element));
    slots.push_back(slot);
  }
  return slots;
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

Result<Slot> OpBuilder::source(const ptx::Operand& operand, ptx::Type type, bool allow_wider) {
  switch (operand.kind) {
    case Kind::reg: {
      ASSAY_TRY(check_register(*this, operand, type, allow_wider));
      const Slot slot = function_.read(operand.index);
      return operand.is_negated ? emit_inverse(*this, slot) : slot;
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
  ASSAY_TRY(check_register(*this, operand, type, allow_wider));
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
  return slots_of(operand(index),
                  [&](const ptx::Operand& element) { return source(element, type, allow_wider); });
}

Result<std::vector<Slot>> OpBuilder::destinations(std::size_t index, ptx::Type type,
                                                  bool allow_wider) {
  if (index >= operand_count()) return unsupported("an operand is missing");
  return slots_of(operand(index), [&](const ptx::Operand& element) {
    return destination(element, type, allow_wider);
  });
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
