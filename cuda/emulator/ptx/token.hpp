// SPDX-License-Identifier: Apache-2.0
// Words of PTX text (PTX ISA 9.0, chapter 4): identifiers, dotted words (directives and modifiers,
// "::" included), literals and punctuation. Comments and white space fall away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "reference/result.hpp"

namespace assay::ptx {

enum class TokenKind : std::uint8_t {
  end,
  identifier,   // text: add, %r1, $L__BB0_1, _ZN3foo, _
  dotted,       // text: .u32, .shared::cta, .L2::128B
  integer,      // text: 12, 0x1F, 017, 0b101, each with U or not
  real,         // text: 0f3F800000, 0d3FF0000000000000, 1.5, .05, 1e-3
  string,       // text: with its quotes
  punctuation,  // text: one character, or << >> <= >= == != && ||
  invalid       // text: what stands there; Lexer::problem() says what is wrong with it
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;
  int line = 1, column = 1;  // of its first byte, from 1

  bool is(std::string_view word) const { return text == word && kind != TokenKind::string; }
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Token next();
  // Of the last invalid token.
  std::string_view problem() const { return problem_; }

 private:
  bool skip_blanks();  // false: a comment without an end
  void new_line(std::size_t at);
  Token token(TokenKind kind, std::size_t end);
  Token invalid(std::size_t end, std::string_view problem);
  Token string();
  Token number();
  char at(std::size_t index) const { return index < text_.size() ? text_[index] : '\0'; }

  std::string_view text_;
  std::size_t position_ = 0, line_start_ = 0;
  int line_ = 1;
  std::string_view problem_;
};

// The words of a text, with two of them in sight; and errors that say where they are.
class TokenStream {
 public:
  TokenStream(std::string_view text, std::string_view name);

  const Token& current() const { return current_; }
  const Token& ahead() const { return ahead_; }
  bool at(std::string_view word) const { return current_.is(word); }
  Token advance();                     // returns the word it passes
  bool accept(std::string_view word);  // passes it if it stands here
  Status expect(std::string_view word);
  Result<Token> expect(TokenKind kind, std::string_view description);

  // "k.ptx:3:9: <message>", about the current word or another. Of an invalid word the message is
  // what is wrong with it.
  tl::unexpected<Error> error(std::string_view message) const;
  tl::unexpected<Error> error(const Token& token, std::string_view message) const;
  // "k.ptx:3:9: expected <what>, but here stands \"...\""
  tl::unexpected<Error> expected(std::string_view what) const;

 private:
  Lexer lexer_;
  std::string name_;
  Token current_, ahead_;
};

}  // namespace assay::ptx
