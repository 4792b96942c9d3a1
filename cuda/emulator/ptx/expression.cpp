// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <bit>

#include "cuda/emulator/ptx/literal.hpp"

namespace assay::ptx {
namespace {

using Kind = Literal::Kind;

constexpr int kMaxDepth = 64;  // of parentheses, unary operators and conditionals

struct Operator {
  std::string_view text;
  int precedence;
};

constexpr std::array<Operator, 18> kOperators{{{"||", 1},
                                               {"&&", 2},
                                               {"|", 3},
                                               {"^", 4},
                                               {"&", 5},
                                               {"==", 6},
                                               {"!=", 6},
                                               {"<", 7},
                                               {">", 7},
                                               {"<=", 7},
                                               {">=", 7},
                                               {"<<", 8},
                                               {">>", 8},
                                               {"+", 9},
                                               {"-", 9},
                                               {"*", 10},
                                               {"/", 10},
                                               {"%", 10}}};

int precedence_of(const Token& token) {
  if (token.kind == TokenKind::punctuation)
    for (const Operator& op : kOperators)
      if (op.text == token.text) return op.precedence;
  return 0;
}

Literal boolean(bool value) {
  return {Kind::s64, value ? 1u : 0u};
}

double real(const Literal& value) {
  return std::bit_cast<double>(value.bits);
}

std::optional<Literal> real_operation(std::string_view op, double a, double b) {
  const auto result = [](double value) {
    return Literal{Kind::f64, std::bit_cast<std::uint64_t>(value)};
  };
  if (op == "+") return result(a + b);
  if (op == "-") return result(a - b);
  if (op == "*") return result(a * b);
  if (op == "/") return result(a / b);
  if (op == "<") return boolean(a < b);
  if (op == ">") return boolean(a > b);
  if (op == "<=") return boolean(a <= b);
  if (op == ">=") return boolean(a >= b);
  if (op == "==") return boolean(a == b);
  if (op == "!=") return boolean(a != b);
  return std::nullopt;
}

std::uint64_t shift(std::string_view op, const Literal& a, std::uint64_t by) {
  if (op == "<<") return by > 63 ? 0 : a.bits << by;
  const bool fill = a.kind == Kind::s64 && a.bits >> 63 != 0;
  if (by > 63) return fill ? ~0ull : 0;
  return (a.bits >> by) | (fill && by > 0 ? ~0ull << (64 - by) : 0);
}

// Signed: by magnitudes, so that the least integer divided by -1 wraps.
std::uint64_t divide(const Literal& a, const Literal& b, bool is_signed, bool remainder) {
  const auto is_negative = [&](const Literal& x) { return is_signed && x.bits >> 63 != 0; };
  const std::uint64_t n = is_negative(a) ? 0 - a.bits : a.bits;
  const std::uint64_t d = is_negative(b) ? 0 - b.bits : b.bits;
  const std::uint64_t result = remainder ? n % d : n / d;
  const bool flip = remainder ? is_negative(a) : is_negative(a) != is_negative(b);
  return flip ? 0 - result : result;
}

bool less(const Literal& a, const Literal& b, bool is_signed) {
  const std::uint64_t bias = is_signed ? 1ull << 63 : 0;
  return (a.bits ^ bias) < (b.bits ^ bias);
}

Literal integer_operation(std::string_view op, const Literal& a, const Literal& b) {
  const bool is_signed = a.kind == Kind::s64 && b.kind == Kind::s64;
  const Kind kind = is_signed ? Kind::s64 : Kind::u64;
  if (op == "+") return {kind, a.bits + b.bits};
  if (op == "-") return {kind, a.bits - b.bits};
  if (op == "*") return {kind, a.bits * b.bits};
  if (op == "/" || op == "%") return {kind, divide(a, b, is_signed, op == "%")};
  if (op == "<<" || op == ">>") return {a.kind, shift(op, a, b.bits)};
  if (op == "&") return {Kind::u64, a.bits & b.bits};
  if (op == "|") return {Kind::u64, a.bits | b.bits};
  if (op == "^") return {Kind::u64, a.bits ^ b.bits};
  if (op == "&&") return boolean(a.bits != 0 && b.bits != 0);
  if (op == "||") return boolean(a.bits != 0 || b.bits != 0);
  if (op == "==") return boolean(a.bits == b.bits);
  if (op == "!=") return boolean(a.bits != b.bits);
  if (op == "<") return boolean(less(a, b, is_signed));
  if (op == ">") return boolean(less(b, a, is_signed));
  if (op == "<=") return boolean(!less(b, a, is_signed));
  return boolean(!less(a, b, is_signed));
}

class ExpressionParser {
 public:
  explicit ExpressionParser(TokenStream& words) : words_(words) {}

  Result<Literal> conditional() {
    ASSAY_TRY(deeper());
    ASSAY_ASSIGN(Literal value, binary(1));
    if (words_.accept("?")) {
      ASSAY_ASSIGN(const Literal yes, conditional());
      ASSAY_TRY(words_.expect(":"));
      ASSAY_ASSIGN(const Literal no, conditional());
      value = value.bits != 0 ? yes : no;
    }
    --depth_;
    return value;
  }

  Result<Literal> unary() {
    const Token op = words_.current();
    if (words_.at("(")) return parenthesized();
    if (op.kind == TokenKind::punctuation && op.text.find_first_of("+-!~") == 0 &&
        op.text.size() == 1) {
      ASSAY_TRY(deeper());
      words_.advance();
      ASSAY_ASSIGN(const Literal value, unary());
      --depth_;
      return apply(op, value);
    }
    if (op.is("WARP_SZ")) {
      words_.advance();
      return Literal{Kind::s64, 32};
    }
    if (op.kind != TokenKind::integer && op.kind != TokenKind::real)
      return words_.expected("a number");
    const auto literal = parse_literal(op);
    if (!literal) return words_.error(fmt::format("{} is not a number of 64 bits", op.text));
    words_.advance();
    return *literal;
  }

 private:
  Status deeper() {
    if (++depth_ > kMaxDepth) return words_.error("this expression is nested too deeply");
    return {};
  }

  Result<Literal> parenthesized() {
    words_.advance();
    const Token type = words_.current();
    if (type.is(".s64") || type.is(".u64")) {
      ASSAY_TRY(deeper());
      words_.advance();
      ASSAY_TRY(words_.expect(")"));
      ASSAY_ASSIGN(Literal value, unary());
      --depth_;
      if (!value.is_integer()) return words_.error(type, "only integers are cast");
      value.kind = type.is(".s64") ? Kind::s64 : Kind::u64;
      return value;
    }
    ASSAY_ASSIGN(const Literal value, conditional());
    ASSAY_TRY(words_.expect(")"));
    return value;
  }

  Result<Literal> apply(const Token& op, const Literal& value) const {
    if (op.is("+")) return value;
    if (value.kind == Kind::f64 && op.is("-")) return Literal{Kind::f64, value.bits ^ (1ull << 63)};
    if (!value.is_integer())
      return words_.error(op, fmt::format("{} does not take this operand", op.text));
    if (op.is("-")) return Literal{value.kind, 0 - value.bits};
    if (op.is("!")) return boolean(value.bits == 0);
    return Literal{Kind::u64, ~value.bits};
  }

  Result<Literal> apply(const Token& op, const Literal& a, const Literal& b) const {
    if (a.kind == Kind::f64 && b.kind == Kind::f64)
      if (const auto result = real_operation(op.text, real(a), real(b))) return *result;
    if (!a.is_integer() || !b.is_integer())
      return words_.error(op, fmt::format("{} does not take these operands", op.text));
    if ((op.is("/") || op.is("%")) && b.bits == 0) return words_.error(op, "division by zero");
    return integer_operation(op.text, a, b);
  }

  // Operators of at least this precedence; each level of recursion raises it.
  Result<Literal> binary(int least) {
    ASSAY_ASSIGN(Literal value, unary());
    for (int precedence = 0; (precedence = precedence_of(words_.current())) >= least;) {
      const Token op = words_.advance();
      ASSAY_ASSIGN(const Literal right, binary(precedence + 1));
      ASSAY_ASSIGN(value, apply(op, value, right));
    }
    return value;
  }

  TokenStream& words_;
  int depth_ = 0;
};

}  // namespace

bool begins_expression(const Token& token) {
  if (token.kind == TokenKind::integer || token.kind == TokenKind::real) return true;
  return token.is("(") || token.is("-") || token.is("+") || token.is("~") || token.is("!") ||
         token.is("WARP_SZ");
}

Result<Literal> parse_expression(TokenStream& words) {
  return ExpressionParser(words).conditional();
}

Result<Literal> parse_unary_expression(TokenStream& words) {
  return ExpressionParser(words).unary();
}

Result<std::uint64_t> parse_count(TokenStream& words, std::uint64_t most) {
  const Token first = words.current();
  ASSAY_ASSIGN(const Literal value, parse_expression(words));
  const bool is_negative = value.kind == Kind::s64 && value.bits >> 63 != 0;
  if (!value.is_integer() || is_negative || value.bits > most)
    return words.error(first, fmt::format("expected an integer from 0 to {}", most));
  return value.bits;
}

}  // namespace assay::ptx
