// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/ptx/token.hpp"

namespace assay::ptx {
namespace {

constexpr std::size_t kShownBytes = 40, kMessageBytes = 400;  // names have any length

// Bytes of hostile text do not reach the terminal as they are.
std::string shown(const Token& token) {
  if (token.kind == TokenKind::end) return "the end of the text";
  std::string text;
  for (const char c : token.text.substr(0, kShownBytes))
    text += c >= ' ' && c <= '~' ? std::string(1, c)
                                 : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return token.kind == TokenKind::string ? text : '"' + text + '"';
}

}  // namespace

TokenStream::TokenStream(std::string_view text, std::string_view name) : lexer_(text), name_(name) {
  current_ = lexer_.next();
  if (current_.kind != TokenKind::invalid) ahead_ = lexer_.next();
}

// After an invalid word nothing is read: the lexer keeps its problem until somebody reports it.
Token TokenStream::advance() {
  const Token passed = current_;
  current_ = ahead_;
  if (ahead_.kind != TokenKind::invalid) ahead_ = lexer_.next();
  return passed;
}

bool TokenStream::accept(std::string_view word) {
  if (!at(word)) return false;
  advance();
  return true;
}

Status TokenStream::expect(std::string_view word) {
  if (accept(word)) return {};
  return expected(fmt::format("\"{}\"", word));
}

Result<Token> TokenStream::expect(TokenKind kind, std::string_view description) {
  if (current_.kind == kind) return advance();
  return expected(description);
}

tl::unexpected<Error> TokenStream::error(const Token& token, std::string_view message) const {
  const std::string_view rest = message.size() > kMessageBytes ? "..." : "";
  return fail(ErrorCode::usage, "{}:{}:{}: {}{}", name_, token.line, token.column,
              message.substr(0, kMessageBytes), rest);
}

tl::unexpected<Error> TokenStream::error(std::string_view message) const {
  if (current_.kind == TokenKind::invalid)
    return error(current_, fmt::format("{}: {}", shown(current_), lexer_.problem()));
  return error(current_, message);
}

tl::unexpected<Error> TokenStream::expected(std::string_view what) const {
  return error(fmt::format("expected {}, but here stands {}", what, shown(current_)));
}

}  // namespace assay::ptx
