// SPDX-License-Identifier: Apache-2.0
// What a name is as an operand: a register or an element of a vector, a variable, a parameter, a
// function, a special register (PTX ISA 9.0, sections 6.2 and 6.4).
#include <optional>

#include "cuda/emulator/ptx/parser.hpp"
#include "cuda/emulator/ptx/special_names.hpp"
#include "reference/suggest.hpp"

namespace assay::ptx {

using Kind = Operand::Kind;

Operand make_operand(Kind kind, std::string_view name, int index) {
  Operand operand;
  operand.kind = kind;
  operand.name = name;
  operand.index = index;
  return operand;
}

namespace {

// .x, .r -> 0; .y, .g -> 1; ...
std::optional<int> element_of(const Token& token) {
  if (token.kind != TokenKind::dotted || token.text.size() != 2) return std::nullopt;
  for (const std::string_view names : {"xyzw", "rgba"})
    if (const auto index = names.find(token.text[1]); index != names.npos)
      return static_cast<int>(index);
  return std::nullopt;
}

// Indices of parameters and results before they are counted behind the variables: below -1, even
// and odd.
int parameter_code(int index, bool is_result) {
  return -2 - 2 * index - (is_result ? 1 : 0);
}

}  // namespace

void FunctionParser::number_parameters(Operand& operand) const {
  if (operand.kind == Kind::variable && operand.variable.in_function &&
      operand.variable.index < 0) {
    const int code = -2 - operand.variable.index;
    const std::size_t before =
        function_.variables.size() + (code % 2 != 0 ? function_.params.size() : 0);
    operand.variable.index = static_cast<int>(before) + code / 2;
  }
  for (Operand& element : operand.elements)
    number_parameters(element);
}

tl::unexpected<Error> FunctionParser::unknown(const Token& name) const {
  const std::string hint =
      name.text[0] == '%' ? did_you_mean(name.text, special_register_names()) : std::string();
  return words_.error(name, fmt::format("{} is not declared{}", name.text, hint));
}

Result<Operand> FunctionParser::symbol_operand(const Token& name, const Symbol& symbol) {
  Operand operand = make_operand(Kind::reg, name.text, symbol.index);
  switch (symbol.kind) {
    case Symbol::Kind::reg:
      break;
    case Symbol::Kind::variable:
      operand.kind = Kind::variable;
      operand.variable = {true, symbol.index};
      break;
    case Symbol::Kind::param:
    case Symbol::Kind::result:
      operand.kind = Kind::variable;
      operand.variable = {true, parameter_code(symbol.index, symbol.kind == Symbol::Kind::result)};
      break;
    case Symbol::Kind::target_list:
      operand.kind = Kind::target_list;
      break;
    case Symbol::Kind::prototype:
      operand.kind = Kind::prototype;
      break;
  }
  if (symbol.elements > 1) return vector_register(name, symbol);
  return operand;
}

// v.x, or all elements of v.
Result<Operand> FunctionParser::vector_register(const Token& name, const Symbol& symbol) {
  std::vector<Operand> elements;
  for (int element = 0; element < symbol.elements; ++element) {
    const int index = symbol.index + element;
    const std::string& spelled = function_.registers[static_cast<std::size_t>(index)].name;
    elements.push_back(make_operand(Kind::reg, spelled, index));
  }
  if (const auto element = element_of(words_.current())) {
    if (*element >= symbol.elements)
      return words_.error(fmt::format("{} has {} elements", name.text, symbol.elements));
    words_.advance();
    return elements[static_cast<std::size_t>(*element)];
  }
  Operand vector = make_operand(Kind::vector, name.text);
  vector.elements = std::move(elements);
  return vector;
}

// A name that is known by now: of the function, of the module, or of a special register.
Result<Operand> FunctionParser::known_name(const Token& name) {
  if (const auto symbol = scopes_.find(name.text)) return symbol_operand(name, *symbol);
  if (name.is("_")) return make_operand(Kind::sink, "_");
  if (is_special_register(name.text)) {
    Operand special = make_operand(Kind::special, name.text);
    if (words_.current().kind == TokenKind::dotted) special.name += words_.advance().text;
    return special;
  }
  const auto found = names_.find(name.text);
  if (found == names_.end()) return unknown(name);
  Operand operand = make_operand(Kind::function, name.text, found->second.index);
  if (!found->second.is_function) {
    operand.kind = Kind::variable;
    operand.variable = {false, found->second.index};
  }
  return operand;
}

}  // namespace assay::ptx
