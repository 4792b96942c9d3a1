// SPDX-License-Identifier: Apache-2.0
// Names of a function: nested { } scopes, in which registers, variables and labels may reuse names
// (PTX ISA 9.0, 6.1, 5.4). Registers declared as a range, %r<12>, come into being when they are
// first used: a range costs nothing. Names are views into the PTX text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cuda/emulator/ptx/ast.hpp"
#include "cuda/emulator/ptx/token.hpp"

namespace assay::ptx {

struct Symbol {
  enum class Kind : std::uint8_t {
    reg,  // index: into Function::registers; with `elements` > 1 the first of a vector's
    variable,
    param,
    result,
    target_list,
    prototype
  };
  Kind kind = Kind::reg;
  int index = -1;
  int elements = 1;
};

// Where a label's number goes once it is known: an operand of an instruction, or an entry of a
// target list (instruction < 0).
struct LabelUse {
  Token name;
  int instruction = -1, operand = 0;
  int list = 0, entry = 0;
};

class Scopes {
 public:
  static constexpr std::size_t kMaxDepth = 64;

  explicit Scopes(Function& function) : function_(function) {}

  bool open();  // false: too deep
  // Settles the labels of the innermost scope; uses of labels that it does not have pass to the
  // scope around it. Returns a use that no scope can settle.
  std::optional<LabelUse> close();
  std::size_t depth() const { return scopes_.size(); }

  // False: the innermost scope has the name already.
  bool declare(std::string_view name, Symbol symbol);
  bool declare_register(std::string_view name, Type type, int vector);
  bool declare_range(std::string_view prefix, Type type, int vector, std::uint64_t count);
  bool declare_label(std::string_view name);
  void use_label(const LabelUse& use) { scopes_.back().uses.push_back(use); }

  std::optional<Symbol> find(std::string_view name);

 private:
  struct Range {
    Type type = Type::none;
    int vector = 1;
    std::uint64_t count = 0;
  };
  struct Scope {
    std::unordered_map<std::string_view, Symbol> symbols;
    std::unordered_map<std::string_view, Range> ranges;  // by prefix
    std::unordered_map<std::string_view, int> labels;
    std::vector<LabelUse> uses;
  };

  Symbol add_register(Scope& scope, std::string_view name, Type type, int vector);
  void settle(const LabelUse& use, int label);

  Function& function_;
  std::vector<Scope> scopes_;
};

}  // namespace assay::ptx
