// SPDX-License-Identifier: Apache-2.0
// .entry and .func up to their bodies (PTX ISA 9.0, 11.2, 11.4): results, name, parameters, tuning
// directives.
#include <limits>

#include "cuda/emulator/ptx/literal.hpp"
#include "cuda/emulator/ptx/parser.hpp"

namespace assay::ptx {
namespace {

constexpr std::uint64_t kMaxU32 = std::numeric_limits<std::uint32_t>::max();

const std::vector<std::string> kFunctionDirectives{".maxntid",
                                                   ".reqntid",
                                                   ".minnctapersm",
                                                   ".maxnctapersm",
                                                   ".maxnreg",
                                                   ".reqnctapercluster",
                                                   ".explicitcluster",
                                                   ".maxclusterrank",
                                                   ".blocksareclusters",
                                                   ".noreturn",
                                                   ".pragma",
                                                   ".abi_preserve",
                                                   ".abi_preserve_control"};

Result<std::vector<std::uint32_t>> parse_extent(TokenStream& words) {
  std::vector<std::uint32_t> extent;
  do {
    if (extent.size() == 3) return words.error("at most three numbers stand here");
    ASSAY_ASSIGN(const std::uint64_t size, parse_count(words, kMaxU32));
    extent.push_back(static_cast<std::uint32_t>(size));
  } while (words.accept(","));
  return extent;
}

bool same_parameters(const std::vector<Variable>& a, const std::vector<Variable>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].space != b[i].space || a[i].bytes != b[i].bytes) return false;
  return true;
}

}  // namespace

Status ModuleParser::function_directive(Function& function) {
  const auto number = [&](std::uint32_t& value) -> Status {
    ASSAY_ASSIGN(const std::uint64_t count, parse_count(words_, kMaxU32));
    value = static_cast<std::uint32_t>(count);
    return {};
  };
  const auto extent = [&](std::vector<std::uint32_t>& value) -> Status {
    ASSAY_ASSIGN(value, parse_extent(words_));
    return {};
  };
  std::uint32_t ignored = 0;
  if (words_.accept(".maxntid")) return extent(function.max_threads);
  if (words_.accept(".reqntid")) return extent(function.required_threads);
  if (words_.accept(".reqnctapercluster")) return extent(function.cluster);
  if (words_.accept(".minnctapersm")) return number(function.min_ctas_per_sm);
  if (words_.accept(".maxnreg")) return number(function.max_registers);
  if (words_.accept(".pragma")) return skip_pragma(words_);
  if (words_.accept(".explicitcluster") || words_.accept(".blocksareclusters")) return {};
  for (const std::string_view name :
       {".maxnctapersm", ".maxclusterrank", ".abi_preserve", ".abi_preserve_control"})
    if (words_.accept(name)) return number(ignored);
  if (words_.accept(".noreturn")) {
    function.is_noreturn = true;
    return {};
  }
  return unknown_directive(words_, kFunctionDirectives);
}

// Declarations before the body, any number, must agree with it.
Result<int> ModuleParser::declare_function(const Token& name, Function& function) {
  const auto [found, is_new] =
      names_.emplace(name.text, ModuleSymbol{true, static_cast<int>(module_.functions.size())});
  const ModuleSymbol symbol = found->second;
  if (is_new) {
    module_.functions.push_back(function);
    return symbol.index;
  }
  if (!symbol.is_function) return words_.error(name, fmt::format("{} is a variable", name.text));
  const Function& before = module_.functions[static_cast<std::size_t>(symbol.index)];
  if (!same_parameters(before.params, function.params) ||
      !same_parameters(before.results, function.results) || before.is_entry != function.is_entry)
    return words_.error(
        name, fmt::format("{} is declared differently at line {}", name.text, before.line));
  if (before.has_body && function.has_body)
    return words_.error(name,
                        fmt::format("{} is defined already, at line {}", name.text, before.line));
  function.is_noreturn |= before.is_noreturn;
  function.is_visible |= before.is_visible;
  function.is_weak |= before.is_weak;
  return symbol.index;
}

Status ModuleParser::function(const Linkage& linkage, bool is_entry) {
  Function function;
  function.is_entry = is_entry;
  function.is_extern = linkage.is_extern;
  function.is_visible = linkage.is_visible;
  function.is_weak = linkage.is_weak;
  if (words_.accept(".attribute")) return words_.error("attributes of functions are not supported");
  if (!is_entry) {
    ASSAY_ASSIGN(function.results, parse_parameters(words_));
  }
  ASSAY_ASSIGN(const Token name, words_.expect(TokenKind::identifier, "the name of a function"));
  function.name = name.text;
  function.line = name.line;
  ASSAY_ASSIGN(function.params, parse_parameters(words_));
  while (!words_.at("{") && !words_.at(";"))
    ASSAY_TRY(function_directive(function));
  function.has_body = words_.at("{");
  ASSAY_ASSIGN(const int index, declare_function(name, function));
  if (!function.has_body) return words_.expect(";");
  ASSAY_TRY(FunctionParser(words_, module_, function, names_).run());
  module_.functions[static_cast<std::size_t>(index)] = std::move(function);
  return {};
}

}  // namespace assay::ptx
