// SPDX-License-Identifier: Apache-2.0
// The two halves of parsing that know names: of a module, and of a function's body.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cuda/emulator/ptx/ast.hpp"
#include "cuda/emulator/ptx/declaration.hpp"
#include "cuda/emulator/ptx/scopes.hpp"
#include "cuda/emulator/ptx/token.hpp"

namespace assay::ptx {

struct ModuleSymbol {
  bool is_function = false;
  int index = -1;
};

class ModuleParser {
 public:
  ModuleParser(TokenStream& words, Module& module) : words_(words), module_(module) {}

  Status run();

 private:
  struct Linkage {
    bool is_extern = false, is_visible = false, is_weak = false;
  };

  Status header();
  Status item();
  Status variables(const Linkage& linkage);
  Status add_variable(const Token& name, Variable variable);
  Status function(const Linkage& linkage, bool is_entry);
  Status function_directive(Function& function);
  Result<int> declare_function(const Token& name, Function& function);
  Status file();
  Status alias();
  // Once the whole text is read: .file numbers, aliases, addresses in initial values.
  void settle();

  TokenStream& words_;
  Module& module_;
  std::unordered_map<std::string_view, ModuleSymbol> names_;
  std::unordered_map<std::uint64_t, int> files_;  // .file number -> index into Module::files
  std::vector<int> aliases_;                      // function -> the one that it stands for, or -1
  std::uint64_t room_ = kMaxInitializedBytes;
};

class FunctionParser {
 public:
  FunctionParser(TokenStream& words, Module& module, Function& function,
                 const std::unordered_map<std::string_view, ModuleSymbol>& names)
      : words_(words), module_(module), function_(function), names_(names), scopes_(function) {}

  // From { to }.
  Status run();

 private:
  using Position = std::array<int, 3>;  // .file number, line, column

  Status declare_parameters();
  Status open_scope();
  Status close_scope();
  Status statement();
  Status directive();
  Status registers();
  Status variables(Space space);
  Status location();
  Result<Position> position();
  int call_site(const Position& position);
  Status labelled(const Token& name);
  Status target_list(const Token& name, bool of_functions);
  Status prototype(const Token& name);
  Status instruction();
  Status guard(Instruction& instruction);

  Result<Operand> operand(const Instruction& instruction);
  Result<Operand> simple_operand();
  Result<Operand> vector_operand();
  Result<Operand> address_operand();
  Result<Operand> argument_list();
  Result<Operand> symbol_operand(const Token& name, const Symbol& symbol);
  Result<Operand> vector_register(const Token& name, const Symbol& symbol);
  Result<Operand> array_element(Operand array, const Instruction& instruction);
  Result<Operand> known_name(const Token& name);
  Result<std::int64_t> offset();
  tl::unexpected<Error> unknown(const Token& name) const;
  // Params and results are numbered behind the variables, whose number is known at the end.
  void number_parameters(Operand& operand) const;

  TokenStream& words_;
  Module& module_;
  Function& function_;
  const std::unordered_map<std::string_view, ModuleSymbol>& names_;
  Scopes scopes_;
  SourceLine source_;
  std::map<Position, SourceLine> located_;        // by the last .loc of each place
  std::map<std::array<int, 3>, int> call_sites_;  // SourceLine -> its index
};

Operand make_operand(Operand::Kind kind, std::string_view name = {}, int index = -1);
// Passes a word and everything up to the bracket that closes it.
Status skip_braces(TokenStream& words);
// .section NAME { ... }: debug information.
Status skip_section(TokenStream& words);
// .pragma "...", "...";
Status skip_pragma(TokenStream& words);
tl::unexpected<Error> unknown_directive(const TokenStream& words,
                                        const std::vector<std::string>& known);

}  // namespace assay::ptx
