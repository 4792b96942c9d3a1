// SPDX-License-Identifier: Apache-2.0
// Declarations of variables and parameters (PTX ISA 9.0, 5.4): alignment, type, vector, attributes,
// array extents, initializers.
#pragma once

#include <cstdint>
#include <vector>

#include "cuda/emulator/ptx/ast.hpp"
#include "cuda/emulator/ptx/token.hpp"

namespace assay::ptx {

// Initial values of a module may take so much: a short text could ask for any amount.
inline constexpr std::uint64_t kMaxInitializedBytes = 64u << 20;

// What stands between the state space and the names.
struct DeclaredType {
  Type type = Type::none;
  int vector = 1;           // .v2, .v4
  std::uint32_t align = 0;  // 0: the type's own
  bool is_managed = false;
};

// ".u32" and the like: a type that registers may have, and that values in memory may have.
Result<Type> parse_type_word(TokenStream& words);
// `.ptr .global .align 16` of parameters describes what they point to: it is read and forgotten.
Result<DeclaredType> parse_declared_type(TokenStream& words, bool is_param);
// A name with extents and, in global and constant memory, initial values. `room` is what is left of
// kMaxInitializedBytes.
Result<Variable> parse_declarator(TokenStream& words, const DeclaredType& type, Space space,
                                  std::uint64_t& room);
// (.param .b32 a, .reg .u32 b), where the parenthesis is the current word; else an empty list.
Result<std::vector<Variable>> parse_parameters(TokenStream& words);

// `= {...}`: fills variable.init and .relocations, and .bytes where the first extent is 0 (not
// given). `extents` includes the vector's.
Status parse_initializer(TokenStream& words, std::vector<std::uint64_t> extents, Variable& variable,
                         std::uint64_t& room);

}  // namespace assay::ptx
