// SPDX-License-Identifier: Apache-2.0
// The body of a function: scopes, declarations, labels, instructions.
#include <limits>

#include "cuda/emulator/ptx/literal.hpp"
#include "cuda/emulator/ptx/parser.hpp"

namespace assay::ptx {
namespace {

constexpr std::uint64_t kMaxInt = std::numeric_limits<int>::max();

const std::vector<std::string> kBodyDirectives{
    ".reg",    ".local",   ".shared",        ".param",       ".loc",
    ".pragma", ".section", ".branchtargets", ".calltargets", ".callprototype"};

Result<int> parse_int(TokenStream& words) {
  ASSAY_ASSIGN(const std::uint64_t value, parse_count(words, kMaxInt));
  return static_cast<int>(value);
}

}  // namespace

Status FunctionParser::run() {
  ASSAY_TRY(open_scope());
  ASSAY_TRY(declare_parameters());
  ASSAY_TRY(open_scope());
  ASSAY_TRY(words_.expect("{"));
  while (scopes_.depth() > 1)
    ASSAY_TRY(statement());
  ASSAY_TRY(close_scope());
  for (Instruction& instruction : function_.body)
    for (Operand& operand : instruction.operands)
      number_parameters(operand);
  return {};
}

Status FunctionParser::open_scope() {
  if (scopes_.open()) return {};
  return words_.error(fmt::format("scopes are nested more than {} deep", Scopes::kMaxDepth));
}

Status FunctionParser::close_scope() {
  if (const auto use = scopes_.close()) return unknown(use->name);
  return {};
}

Status FunctionParser::declare_parameters() {
  const auto declare = [&](const Variable& variable, Symbol symbol) -> Status {
    // The function outlives the scopes, and its parameters do not move.
    const bool is_new = variable.space == Space::reg
                            ? scopes_.declare_register(variable.name, variable.type, 1)
                            : scopes_.declare(variable.name, symbol);
    if (is_new) return {};
    return words_.error(fmt::format("two parameters are named {}", variable.name));
  };
  for (std::size_t i = 0; i < function_.params.size(); ++i)
    ASSAY_TRY(declare(function_.params[i], {Symbol::Kind::param, static_cast<int>(i)}));
  for (std::size_t i = 0; i < function_.results.size(); ++i)
    ASSAY_TRY(declare(function_.results[i], {Symbol::Kind::result, static_cast<int>(i)}));
  return {};
}

Status FunctionParser::statement() {
  const Token& word = words_.current();
  if (words_.at("{")) {
    ASSAY_TRY(open_scope());
    return words_.expect("{");
  }
  if (words_.accept("}")) return close_scope();
  if (word.kind == TokenKind::dotted) return directive();
  if (word.kind == TokenKind::identifier && words_.ahead().is(":")) {
    const Token name = words_.advance();
    words_.advance();
    return labelled(name);
  }
  if (word.kind == TokenKind::identifier || word.is("@")) return instruction();
  return words_.expected("an instruction, a label or a directive");
}

Status FunctionParser::directive() {
  if (words_.accept(".reg")) return registers();
  if (words_.accept(".local")) return variables(Space::local);
  if (words_.accept(".shared")) return variables(Space::shared);
  if (words_.accept(".param")) return variables(Space::param);
  if (words_.accept(".loc")) return location();
  if (words_.accept(".pragma")) return skip_pragma(words_);
  if (words_.accept(".section")) return skip_section(words_);
  return unknown_directive(words_, kBodyDirectives);
}

// .reg .b32 %r<12>, a;
Status FunctionParser::registers() {
  ASSAY_ASSIGN(const DeclaredType type, parse_declared_type(words_, false));
  do {
    ASSAY_ASSIGN(const Token name, words_.expect(TokenKind::identifier, "the name of a register"));
    bool is_new = false;
    if (words_.accept("<")) {
      const auto count = parse_literal(words_.current());
      if (!count || !count->is_integer()) return words_.expected("how many registers there are");
      words_.advance();
      ASSAY_TRY(words_.expect(">"));
      is_new = scopes_.declare_range(name.text, type.type, type.vector, count->bits);
    } else {
      is_new = scopes_.declare_register(name.text, type.type, type.vector);
    }
    if (!is_new) return words_.error(name, fmt::format("{} is declared already", name.text));
  } while (words_.accept(","));
  return words_.expect(";");
}

Status FunctionParser::variables(Space space) {
  ASSAY_ASSIGN(const DeclaredType type, parse_declared_type(words_, false));
  do {
    const Token name = words_.current();
    std::uint64_t no_room = 0;
    ASSAY_ASSIGN(Variable variable, parse_declarator(words_, type, space, no_room));
    const Symbol symbol{Symbol::Kind::variable, static_cast<int>(function_.variables.size())};
    if (!scopes_.declare(name.text, symbol))
      return words_.error(name, fmt::format("{} is declared already", name.text));
    function_.variables.push_back(std::move(variable));
  } while (words_.accept(","));
  return words_.expect(";");
}

Result<FunctionParser::Position> FunctionParser::position() {
  Position position{};
  for (int& number : position) {
    ASSAY_ASSIGN(number, parse_int(words_));
  }
  return position;
}

// The place of a call: PTX ISA 11.5.4 has a .loc of it stand before, which says where the caller
// was inlined itself.
int FunctionParser::call_site(const Position& position) {
  const auto found = located_.find(position);
  const SourceLine site =
      found == located_.end() ? SourceLine{position[0], position[1]} : found->second;
  const auto [known, is_new] = call_sites_.try_emplace(
      {site.file, site.line, site.inlined_at}, static_cast<int>(function_.call_sites.size()));
  if (is_new) function_.call_sites.push_back(site);
  return known->second;
}

// .loc 1 20 9, function_name $L__info_string0+8, inlined_at 1 7 3
Status FunctionParser::location() {
  ASSAY_ASSIGN(const Position here, position());
  source_ = {here[0], here[1]};
  while (words_.accept(",")) {
    if (words_.accept("function_name")) {
      ASSAY_TRY(words_.expect(TokenKind::identifier, "a label"));
      if (words_.accept("+")) ASSAY_TRY(parse_int(words_));
    } else {
      ASSAY_TRY(words_.expect("inlined_at"));
      ASSAY_ASSIGN(const Position caller, position());
      source_.inlined_at = call_site(caller);
    }
  }
  located_.insert_or_assign(here, source_);
  return {};
}

// What follows NAME: a list of targets, a prototype, or just the next statement.
Status FunctionParser::labelled(const Token& name) {
  if (words_.accept(".branchtargets")) return target_list(name, false);
  if (words_.accept(".calltargets")) return target_list(name, true);
  if (words_.accept(".callprototype")) return prototype(name);
  if (scopes_.declare_label(name.text)) return {};
  return words_.error(name, fmt::format("{} is declared already", name.text));
}

Status FunctionParser::target_list(const Token& name, bool of_functions) {
  const int index = static_cast<int>(function_.target_lists.size());
  if (!scopes_.declare(name.text, {Symbol::Kind::target_list, index}))
    return words_.error(name, fmt::format("{} is declared already", name.text));
  TargetList& list = function_.target_lists.emplace_back();
  list.name = name.text;
  do {
    ASSAY_ASSIGN(const Token target, words_.expect(TokenKind::identifier, "a target"));
    if (!of_functions) {
      scopes_.use_label(
          {.name = target, .list = index, .entry = static_cast<int>(list.labels.size())});
      list.labels.push_back(-1);
      continue;
    }
    const auto found = names_.find(target.text);
    if (found == names_.end() || !found->second.is_function) return unknown(target);
    list.functions.push_back(found->second.index);
  } while (words_.accept(","));
  return words_.expect(";");
}

// NAME: .callprototype (.param .b32 _) _ (.param .b64 _) .noreturn;
Status FunctionParser::prototype(const Token& name) {
  const int index = static_cast<int>(function_.prototypes.size());
  if (!scopes_.declare(name.text, {Symbol::Kind::prototype, index}))
    return words_.error(name, fmt::format("{} is declared already", name.text));
  Prototype prototype;
  prototype.name = name.text;
  ASSAY_ASSIGN(prototype.results, parse_parameters(words_));
  ASSAY_TRY(words_.expect("_"));
  ASSAY_ASSIGN(prototype.params, parse_parameters(words_));
  while (!words_.at(";")) {
    const bool has_number = words_.at(".abi_preserve") || words_.at(".abi_preserve_control");
    if (!has_number && !words_.at(".noreturn"))
      return unknown_directive(words_, {".noreturn", ".abi_preserve", ".abi_preserve_control"});
    words_.advance();
    if (has_number) ASSAY_TRY(parse_int(words_));
  }
  function_.prototypes.push_back(std::move(prototype));
  return words_.expect(";");
}

Status FunctionParser::guard(Instruction& instruction) {
  instruction.guard_negated = words_.accept("!");
  ASSAY_ASSIGN(const Token name, words_.expect(TokenKind::identifier, "a predicate"));
  ASSAY_ASSIGN(const Operand predicate, known_name(name));
  const bool is_predicate =
      predicate.kind == Operand::Kind::reg &&
      function_.registers[static_cast<std::size_t>(predicate.index)].type == Type::pred;
  if (!is_predicate) return words_.error(name, fmt::format("{} is not a predicate", name.text));
  instruction.guard = predicate.index;
  return {};
}

Status FunctionParser::instruction() {
  Instruction instruction;
  if (words_.accept("@")) ASSAY_TRY(guard(instruction));
  ASSAY_ASSIGN(const Token opcode, words_.expect(TokenKind::identifier, "an instruction"));
  instruction.opcode = opcode.text;
  instruction.line = opcode.line;
  instruction.source = source_;
  while (words_.current().kind == TokenKind::dotted)
    instruction.modifiers.emplace_back(words_.advance().text.substr(1));
  if (!words_.at(";")) {
    do {
      ASSAY_ASSIGN(Operand next, operand(instruction));
      instruction.operands.push_back(std::move(next));
    } while (words_.accept(","));
  }
  if (!words_.at(";")) return words_.expected("\",\" or \";\"");
  words_.advance();
  function_.body.push_back(std::move(instruction));
  return {};
}

}  // namespace assay::ptx
