// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "cuda/emulator/ptx/token.hpp"

namespace assay::ptx {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name(char c) {
  return is_word(c) || c == '$';
}

bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr std::array<std::string_view, 8> kPairs{"<<", ">>", "<=", ">=", "==", "!=", "&&", "||"};
constexpr std::string_view kSingles = "{}()[]<>,;:=+-*/%!~&|^?@";

}  // namespace

void Lexer::new_line(std::size_t at) {
  ++line_;
  line_start_ = at + 1;
}

bool Lexer::skip_blanks() {
  while (position_ < text_.size()) {
    const char c = text_[position_];
    if (c == '\n') new_line(position_);
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v') {
      ++position_;
    } else if (c == '/' && at(position_ + 1) == '/') {
      position_ = std::min(text_.find('\n', position_), text_.size());
    } else if (c == '/' && at(position_ + 1) == '*') {
      const std::size_t end = text_.find("*/", position_ + 2);
      if (end == std::string_view::npos) return false;
      for (; position_ < end; ++position_)
        if (text_[position_] == '\n') new_line(position_);
      position_ = end + 2;
    } else {
      break;
    }
  }
  return true;
}

Token Lexer::token(TokenKind kind, std::size_t end) {
  const Token result{kind, text_.substr(position_, end - position_), line_,
                     static_cast<int>(position_ - line_start_ + 1)};
  position_ = end;
  return result;
}

Token Lexer::invalid(std::size_t end, std::string_view problem) {
  problem_ = problem;
  return token(TokenKind::invalid, end);
}

Token Lexer::string() {
  for (std::size_t end = position_ + 1; end < text_.size() && text_[end] != '\n'; ++end) {
    if (text_[end] == '"') return token(TokenKind::string, end + 1);
    if (text_[end] == '\\') ++end;
  }
  return invalid(position_ + 1, "this string has no end on its line");
}

// Hexadecimal digits of 0f and 0d literals are counted here, so that "0f12" is not a word of its
// own and a name of the rest.
Token Lexer::number() {
  const char base = lower(at(position_ + 1));
  std::size_t end = position_;
  TokenKind kind = TokenKind::integer;
  if (at(position_) == '0' && (base == 'f' || base == 'd')) {
    kind = TokenKind::real;
    for (end += 2; is_hex(at(end)); ++end) {
    }
    if (end - position_ != (base == 'f' ? 10u : 18u))
      return invalid(
          end, base == 'f' ? "0f takes 8 hexadecimal digits" : "0d takes 16 hexadecimal digits");
  } else if (at(position_) == '0' && (base == 'x' || base == 'b')) {
    for (end += 2; is_hex(at(end)); ++end) {
    }
  } else {
    for (; is_digit(at(end)); ++end) {
    }
    if (at(end) == '.') {
      kind = TokenKind::real;
      for (++end; is_digit(at(end)); ++end) {
      }
    }
    const bool has_sign = at(end + 1) == '+' || at(end + 1) == '-';
    if (lower(at(end)) == 'e' && is_digit(at(end + (has_sign ? 2 : 1)))) {
      kind = TokenKind::real;
      for (end += has_sign ? 2 : 1; is_digit(at(end)); ++end) {
      }
    }
  }
  if (kind == TokenKind::integer && at(end) == 'U') ++end;
  if (!is_name(at(end))) return token(kind, end);
  for (; is_name(at(end)); ++end) {
  }
  return invalid(end, "this is neither a number nor a name");
}

Token Lexer::next() {
  if (!skip_blanks()) {
    const Token open = invalid(position_ + 2, "this comment has no end");
    position_ = text_.size();
    return open;
  }
  if (position_ == text_.size()) return token(TokenKind::end, position_);
  const char c = text_[position_];
  std::size_t end = position_ + 1;
  const bool follows_word = position_ > 0 && is_name(text_[position_ - 1]);
  if (is_digit(c) || (c == '.' && is_digit(at(end)) && !follows_word)) return number();
  if (is_name(c) || (c == '%' && is_name(at(end)))) {
    for (; is_name(at(end)); ++end) {
    }
    return token(TokenKind::identifier, end);
  }
  if (c == '.' && is_word(at(end))) {
    const auto has_scope = [&] {
      return at(end) == ':' && at(end + 1) == ':' && is_word(at(end + 2));
    };
    for (; is_word(at(end)) || has_scope(); end += is_word(at(end)) ? 1 : 2) {
    }
    return token(TokenKind::dotted, end);
  }
  if (c == '"') return string();
  if (std::ranges::find(kPairs, text_.substr(position_, 2)) != kPairs.end())
    return token(TokenKind::punctuation, position_ + 2);
  if (kSingles.find(c) != std::string_view::npos) return token(TokenKind::punctuation, end);
  return invalid(end, "PTX has no such character here");
}

}  // namespace assay::ptx
