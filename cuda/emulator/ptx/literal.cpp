// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/ptx/literal.hpp"

#include <bit>
#include <charconv>

namespace assay::ptx {
namespace {

template <typename T, typename... Base>
std::optional<T> number(std::string_view digits, Base... base) {
  T value{};
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base...);
  if (digits.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<Literal> parse_integer(std::string_view text) {
  const bool is_unsigned = text.back() == 'U';
  if (is_unsigned) text.remove_suffix(1);
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    const bool is_hex = text[1] == 'x' || text[1] == 'X',
               is_binary = text[1] == 'b' || text[1] == 'B';
    base = is_hex ? 16 : is_binary ? 2 : 8;
    text.remove_prefix(base == 8 ? 1 : 2);
  }
  const auto value = number<std::uint64_t>(text, base);
  if (!value) return std::nullopt;
  const bool top_bit = *value >> 63 != 0;
  return Literal{is_unsigned || top_bit ? Literal::Kind::u64 : Literal::Kind::s64, *value};
}

}  // namespace

std::optional<Literal> parse_literal(const Token& token) {
  const std::string_view text = token.text;
  if (token.kind == TokenKind::integer) return parse_integer(text);
  if (token.kind != TokenKind::real) return std::nullopt;
  const bool is_bits = text.size() > 1 && text[0] == '0' && text.find('.') == text.npos;
  if (is_bits && (text[1] == 'f' || text[1] == 'F'))
    return Literal{Literal::Kind::f32, number<std::uint64_t>(text.substr(2), 16).value_or(0)};
  if (is_bits && (text[1] == 'd' || text[1] == 'D'))
    return Literal{Literal::Kind::f64, number<std::uint64_t>(text.substr(2), 16).value_or(0)};
  const auto value = number<double>(text);
  if (!value) return std::nullopt;
  return Literal{Literal::Kind::f64, std::bit_cast<std::uint64_t>(*value)};
}

}  // namespace assay::ptx
