// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <limits>

#include "cuda/emulator/ptx/literal.hpp"
#include "cuda/emulator/ptx/parser.hpp"

namespace assay::ptx {
namespace {

constexpr std::uint64_t kMaxU32 = std::numeric_limits<std::uint32_t>::max();

const std::vector<std::string> kModuleDirectives{
    ".version", ".target", ".address_size", ".visible", ".extern", ".weak",  ".common", ".global",
    ".const",   ".shared", ".func",         ".entry",   ".file",   ".alias", ".pragma", ".section"};

std::optional<Space> variable_space(std::string_view word) {
  if (word == ".global") return Space::global;
  if (word == ".const") return Space::constant;
  if (word == ".shared") return Space::shared;
  return std::nullopt;
}

}  // namespace

// .version 9.0  .target sm_110a, debug  .address_size 64
Status ModuleParser::header() {
  ASSAY_TRY(words_.expect(".version"));
  const Token version = words_.current();
  ASSAY_TRY(words_.expect(TokenKind::real, "a version such as 9.0"));
  const bool is_known = version.text.size() >= 3 && version.text[0] >= '6' &&
                        version.text[0] <= '9' && version.text[1] == '.';
  if (!is_known)
    return words_.error(version,
                        fmt::format("PTX ISA {} is not supported: 6.0 to 9.x are", version.text));
  module_.version = version.text;
  ASSAY_TRY(words_.expect(".target"));
  ASSAY_ASSIGN(const Token target,
               words_.expect(TokenKind::identifier, "a target such as sm_110a"));
  module_.target = target.text;
  while (words_.accept(",")) {
    ASSAY_ASSIGN(const Token option, words_.expect(TokenKind::identifier, "a target option"));
    module_.target_options.emplace_back(option.text);
  }
  if (words_.accept(".address_size")) {
    const Token size = words_.current();
    ASSAY_TRY(parse_count(words_, 64));
    if (!size.is("64")) return words_.error(size, "addresses of 64 bits only are supported");
  }
  return {};
}

Status ModuleParser::run() {
  ASSAY_TRY(header());
  while (words_.current().kind != TokenKind::end)
    ASSAY_TRY(item());
  settle();
  return {};
}

Status ModuleParser::item() {
  Linkage linkage;
  if (words_.accept(".extern")) {
    linkage.is_extern = true;
  } else if (words_.accept(".visible")) {
    linkage.is_visible = true;
  } else if (words_.accept(".weak") || words_.accept(".common")) {
    linkage.is_weak = true;
  } else {
    if (words_.accept(".file")) return file();
    if (words_.accept(".section")) return skip_section(words_);
    if (words_.accept(".pragma")) return skip_pragma(words_);
    if (words_.accept(".alias")) return alias();
  }
  if (words_.accept(".func")) return function(linkage, false);
  if (words_.accept(".entry")) return function(linkage, true);
  if (variable_space(words_.current().text)) return variables(linkage);
  return unknown_directive(words_, kModuleDirectives);
}

Status ModuleParser::variables(const Linkage& linkage) {
  const Space space = *variable_space(words_.advance().text);
  ASSAY_ASSIGN(const DeclaredType type, parse_declared_type(words_, false));
  do {
    const Token name = words_.current();
    ASSAY_ASSIGN(Variable variable, parse_declarator(words_, type, space, room_));
    variable.is_extern = linkage.is_extern;
    variable.is_visible = linkage.is_visible;
    variable.is_weak = linkage.is_weak;
    for (const Relocation& relocation : variable.relocations)
      if (!names_.contains(relocation.symbol))
        return words_.error(
            name, fmt::format("the initial value of {} names {}, which is not declared", name.text,
                              relocation.symbol));
    ASSAY_TRY(add_variable(name, std::move(variable)));
  } while (words_.accept(","));
  return words_.expect(";");
}

// A definition takes the place of an extern declaration; two definitions clash unless weak.
Status ModuleParser::add_variable(const Token& name, Variable variable) {
  const auto [found, is_new] =
      names_.emplace(name.text, ModuleSymbol{false, static_cast<int>(module_.variables.size())});
  if (is_new) {
    module_.variables.push_back(std::move(variable));
    return {};
  }
  const ModuleSymbol symbol = found->second;
  if (!symbol.is_function) {
    Variable& before = module_.variables[static_cast<std::size_t>(symbol.index)];
    const bool may_join = before.is_extern || variable.is_extern || before.is_weak;
    if (may_join && before.space == variable.space) {
      variable.align = std::max(variable.align, before.align);
      if (before.is_extern) before = std::move(variable);
      return {};
    }
  }
  return words_.error(name, fmt::format("{} is declared already", name.text));
}

// .file 1 "name", 1700000000, 1234
Status ModuleParser::file() {
  const Token at = words_.current();
  ASSAY_ASSIGN(const std::uint64_t number, parse_count(words_, kMaxU32));
  ASSAY_ASSIGN(const Token name, words_.expect(TokenKind::string, "a file's name in quotes"));
  for (int extra = 0; extra < 2 && words_.accept(","); ++extra)
    ASSAY_TRY(parse_count(words_, std::numeric_limits<std::uint64_t>::max()));
  if (!files_.emplace(number, static_cast<int>(module_.files.size())).second)
    return words_.error(at, fmt::format("there is a file {} already", number));
  module_.files.emplace_back(name.text.substr(1, name.text.size() - 2));
  return {};
}

// .alias name, of; both are declared already. PTX ISA 11.4.
Status ModuleParser::alias() {
  std::array<int, 2> functions{};
  for (int& function : functions) {
    const Token name = words_.current();
    ASSAY_TRY(words_.expect(TokenKind::identifier, "the name of a function"));
    const auto found = names_.find(name.text);
    if (found == names_.end() || !found->second.is_function)
      return words_.error(name, fmt::format("{} is not a function", name.text));
    function = found->second.index;
    if (&function == functions.data()) ASSAY_TRY(words_.expect(","));
  }
  aliases_.resize(module_.functions.size(), -1);
  aliases_[static_cast<std::size_t>(functions[0])] = functions[1];
  return words_.expect(";");
}

namespace {

template <typename Visit>
void visit(Operand& operand, Visit&& change) {
  change(operand);
  for (Operand& element : operand.elements)
    visit(element, change);
}

}  // namespace

void ModuleParser::settle() {
  const auto file_index = [&](int number) {
    const auto found = files_.find(static_cast<std::uint64_t>(number));
    return number < 0 || found == files_.end() ? -1 : found->second;
  };
  aliases_.resize(module_.functions.size(), -1);
  const auto meant = [&](int function) {
    const int alias = function < 0 ? -1 : aliases_[static_cast<std::size_t>(function)];
    return alias < 0 ? function : alias;
  };
  for (Function& function : module_.functions) {
    for (SourceLine& site : function.call_sites)
      site.file = file_index(site.file);
    for (Instruction& instruction : function.body) {
      instruction.source.file = file_index(instruction.source.file);
      for (Operand& operand : instruction.operands)
        visit(operand, [&](Operand& each) {
          if (each.kind == Operand::Kind::function) each.index = meant(each.index);
        });
    }
    for (TargetList& list : function.target_lists)
      std::ranges::transform(list.functions, list.functions.begin(), meant);
  }
  for (Variable& variable : module_.variables)
    for (Relocation& relocation : variable.relocations) {
      const ModuleSymbol symbol = names_.at(relocation.symbol);
      if (symbol.is_function)
        relocation.symbol = module_.functions[static_cast<std::size_t>(meant(symbol.index))].name;
    }
}

}  // namespace assay::ptx
