// SPDX-License-Identifier: Apache-2.0
// Operands of instructions (PTX ISA 9.0, chapter 6): how they are written. What the names in them
// mean is in operand_names.cpp.
#include <algorithm>

#include "cuda/emulator/ptx/literal.hpp"
#include "cuda/emulator/ptx/parser.hpp"
#include "cuda/emulator/ptx/special_names.hpp"

namespace assay::ptx {
namespace {

using Kind = Operand::Kind;

Operand literal_operand(const Literal& literal, std::string_view spelled) {
  Operand operand = make_operand(literal.is_integer() ? Kind::integer : Kind::real, spelled);
  operand.is_f64 = literal.kind == Literal::Kind::f64;
  operand.bits = literal.bits;
  return operand;
}

}  // namespace

// +4, -4, +-4, +(2*8) behind a name; 0 where there is none.
Result<std::int64_t> FunctionParser::offset() {
  if (!words_.at("+") && !words_.at("-")) return 0;
  const Token at = words_.current();
  ASSAY_ASSIGN(const Literal literal, parse_expression(words_));
  if (!literal.is_integer()) return words_.error(at, "an offset is an integer");
  return static_cast<std::int64_t>(literal.bits);
}

// Without brackets of any kind.
Result<Operand> FunctionParser::simple_operand() {
  const bool is_negated = words_.at("!") && words_.ahead().kind == TokenKind::identifier;
  if (is_negated) words_.advance();
  const Token first = words_.current();
  if (first.is("WARP_SZ") && !is_negated) {
    words_.advance();
    return make_operand(Kind::special, "WARP_SZ");
  }
  if (first.kind == TokenKind::identifier) {
    words_.advance();
    ASSAY_ASSIGN(Operand operand, known_name(first));
    operand.is_negated = is_negated;
    if (is_negated && operand.kind != Kind::reg)
      return words_.error(first, fmt::format("! does not apply to {}", first.text));
    if (operand.kind == Kind::variable) {
      ASSAY_ASSIGN(operand.offset, offset());
    }
    return operand;
  }
  if (!begins_expression(first)) return words_.expected("an operand");
  ASSAY_ASSIGN(const Literal literal, parse_expression(words_));
  return literal_operand(literal, first.text);
}

Result<Operand> FunctionParser::vector_operand() {
  ASSAY_TRY(words_.expect("{"));
  Operand vector = make_operand(Kind::vector);
  do {
    ASSAY_ASSIGN(Operand element, simple_operand());
    vector.elements.push_back(std::move(element));
  } while (words_.accept(","));
  ASSAY_TRY(words_.expect("}"));
  return vector;
}

// [base + offset], [base + offset, {x, y}]
Result<Operand> FunctionParser::address_operand() {
  ASSAY_TRY(words_.expect("["));
  const Token first = words_.current();
  Operand address = make_operand(Kind::address);
  ASSAY_ASSIGN(Operand base, simple_operand());
  if (base.is_negated ||
      (base.kind != Kind::reg && base.kind != Kind::variable && base.kind != Kind::integer))
    return words_.error(first, fmt::format("{} is not an address", first.text));
  if (base.kind == Kind::reg) {
    ASSAY_ASSIGN(address.offset, offset());
  }
  std::swap(address.offset, base.kind == Kind::variable ? base.offset : address.offset);
  address.name = base.name;
  address.elements.push_back(std::move(base));
  while (words_.accept(",")) {
    ASSAY_ASSIGN(Operand more, words_.at("{") ? vector_operand() : simple_operand());
    if (more.kind == Kind::vector)
      std::ranges::move(more.elements, std::back_inserter(address.elements));
    else
      address.elements.push_back(std::move(more));
  }
  ASSAY_TRY(words_.expect("]"));
  return address;
}

// (a, b) of a call; () is an empty list.
Result<Operand> FunctionParser::argument_list() {
  ASSAY_TRY(words_.expect("("));
  Operand list = make_operand(Kind::arguments);
  if (words_.accept(")")) return list;
  do {
    ASSAY_ASSIGN(Operand argument, simple_operand());
    list.elements.push_back(std::move(argument));
  } while (words_.accept(","));
  ASSAY_TRY(words_.expect(")"));
  return list;
}

// array[3]: an address, PTX ISA 6.4.2; mov takes it as a value.
Result<Operand> FunctionParser::array_element(Operand array, const Instruction& instruction) {
  ASSAY_TRY(words_.expect("["));
  ASSAY_ASSIGN(const std::uint64_t index, parse_count(words_, 1u << 30));
  ASSAY_TRY(words_.expect("]"));
  const VariableId id = array.variable;
  const auto in = static_cast<std::size_t>(id.index);
  const Type type = id.in_function ? function_.variables[in].type : module_.variables[in].type;
  const auto bytes = static_cast<std::int64_t>(index) * type_bytes(type);
  if (instruction.opcode == "mov") {
    array.offset += bytes;
    return array;
  }
  Operand address = make_operand(Kind::address, array.name);
  address.offset = bytes;
  address.elements.push_back(std::move(array));
  return address;
}

Result<Operand> FunctionParser::operand(const Instruction& instruction) {
  const Token first = words_.current();
  if (first.is("{")) return vector_operand();
  if (first.is("[")) return address_operand();
  if (first.is("(") && instruction.opcode == "call") return argument_list();
  const bool may_be_label = first.kind == TokenKind::identifier && !first.is("WARP_SZ");
  const bool is_known = may_be_label && (first.is("_") || is_special_register(first.text) ||
                                         scopes_.find(first.text) || names_.contains(first.text));
  if (may_be_label && !is_known && first.text[0] != '%') {
    words_.advance();
    scopes_.use_label({.name = first,
                       .instruction = static_cast<int>(function_.body.size()),
                       .operand = static_cast<int>(instruction.operands.size())});
    return make_operand(Kind::label, first.text);
  }
  ASSAY_ASSIGN(Operand left, simple_operand());
  if (words_.at("[") && left.kind == Kind::variable && left.variable.index >= 0)
    return array_element(std::move(left), instruction);
  if (!words_.at("|")) return left;
  words_.advance();
  ASSAY_ASSIGN(Operand right, simple_operand());
  Operand pair = make_operand(Kind::pair);
  pair.elements.push_back(std::move(left));
  pair.elements.push_back(std::move(right));
  return pair;
}

}  // namespace assay::ptx
