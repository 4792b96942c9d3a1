// SPDX-License-Identifier: Apache-2.0
// Literals and constant expressions (PTX ISA 9.0, 4.5): 64-bit integers, signed unless they carry U
// or need the top bit, binary64 values, and binary32 values given by their bits, with which nothing
// can be computed. Operators and precedence are C's; what depends on the sign follows table 5 of
// the section.
#pragma once

#include <cstdint>
#include <optional>

#include "cuda/emulator/ptx/token.hpp"

namespace assay::ptx {

struct Literal {
  enum class Kind : std::uint8_t { s64, u64, f32, f64 };
  Kind kind = Kind::s64;
  std::uint64_t bits = 0;

  bool is_integer() const { return kind == Kind::s64 || kind == Kind::u64; }
};

// Of an integer or real token. Nothing: it has a digit that is not of its base, or does not fit.
std::optional<Literal> parse_literal(const Token& token);

// Does a constant expression begin with this word?
bool begins_expression(const Token& token);
// Errors (usage): syntax, a division by zero, operands that an operator does not take.
Result<Literal> parse_expression(TokenStream& words);
// Without binary operators: a literal, -1, (3 * 4).
Result<Literal> parse_unary_expression(TokenStream& words);
// An expression that must be an integer, at least 0 and at most `most`.
Result<std::uint64_t> parse_count(TokenStream& words, std::uint64_t most);

}  // namespace assay::ptx
