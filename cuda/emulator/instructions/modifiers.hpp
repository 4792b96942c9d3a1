// SPDX-License-Identifier: Apache-2.0
// An instruction's modifiers while a decoder reads them. What no question took is an error at the
// end (emit does that), so that no modifier is ignored silently.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

class Modifiers {
 public:
  explicit Modifiers(const OpBuilder& builder)
      : builder_(builder), left_(builder.instruction().modifiers) {}

  bool take(std::string_view name);
  // The one of the choices that is there, or `otherwise`; of two, the second stays and is an error.
  template <typename T>
  T take_one(std::initializer_list<std::pair<std::string_view, T>> choices, T otherwise) {
    T chosen = otherwise;
    bool is_found = false;
    for (const auto& [name, value] : choices) {
      asked_.emplace_back(name);
      if (is_found || !take(name)) continue;
      chosen = value;
      is_found = true;
    }
    return chosen;
  }
  // The leftmost type that is left. Error: there is none.
  Result<ptx::Type> take_type();
  const std::vector<std::string>& left() const { return left_; }
  // Error: something is left; names it and the closest known modifier.
  Status finish() const;

 private:
  const OpBuilder& builder_;
  std::vector<std::string> left_, asked_;
};

// Adds one operation: checks that all modifiers are taken, that the handler is not null (the type
// is one that the instruction takes) and the number of operands, and reads destination and sources
// (in order: Op::a, b, c, list).
Result<Op*> emit(OpBuilder& builder, const Modifiers& modifiers, Handler run, OpClass op_class,
                 ptx::Type destination, std::initializer_list<ptx::Type> sources);

// emit's result where nothing is left to be done.
inline Status done(Result<Op*> op) {
  if (!op) return tl::unexpected(std::move(op).error());
  return {};
}

}  // namespace assay::emulator
