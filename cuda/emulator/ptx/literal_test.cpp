// SPDX-License-Identifier: Apache-2.0
// Literals and constant expressions. Outside oracle: the C++ compiler, whose precedence and integer
// arithmetic PTX ISA 9.0, 4.5 takes over; binary64 literals: strtod's rounding, by the compiler.
#include "cuda/emulator/ptx/literal.hpp"

#include <bit>

#include <gtest/gtest.h>

// The point is what C makes of operators without parentheses.
#pragma GCC diagnostic ignored "-Wparentheses"

namespace assay::ptx {
namespace {

using Kind = Literal::Kind;

Literal evaluated(std::string_view text) {
  TokenStream words(text, "k.ptx");
  const auto value = parse_expression(words);
  EXPECT_TRUE(value) << value.error().message;
  EXPECT_EQ(words.current().kind, TokenKind::end) << text;
  return value.value_or(Literal{});
}

std::string problem(std::string_view text) {
  TokenStream words(text, "k.ptx");
  const auto value = parse_expression(words);
  return value ? "" : value.error().message;
}

#define EXPECT_LIKE_CPP(expression) \
  EXPECT_EQ(evaluated(#expression).bits, static_cast<std::uint64_t>(expression)) << #expression

TEST(ConstantExpression, PrecedenceIsThatOfC) {
  EXPECT_LIKE_CPP((1 + 2 * 3));
  EXPECT_LIKE_CPP(((1 + 2) * 3 % 5));
  EXPECT_LIKE_CPP((2 << 3 + 1));
  EXPECT_LIKE_CPP((20 - 5 - 3));
  EXPECT_LIKE_CPP((100 / 5 / 2));
  EXPECT_LIKE_CPP((1 | 6 ^ 3 & 2));
  EXPECT_LIKE_CPP((1 < 2 == 1));
  EXPECT_LIKE_CPP((0 && 1 || 1));
  EXPECT_LIKE_CPP((1 ? 2 : 0 ? 3 : 4));
  EXPECT_LIKE_CPP((0 ? 2 : 0 ? 3 : 4));
  EXPECT_LIKE_CPP((1 != 2 && 3 >= 3 && 2 <= 3 && 3 > 2));
}

TEST(ConstantExpression, UnaryOperatorsStack) {
  EXPECT_LIKE_CPP((-5 + +3));
  EXPECT_EQ(evaluated("~~7").bits, 7u);
  EXPECT_EQ(evaluated("- -7").bits, 7u);
  EXPECT_EQ(evaluated("!0 + !5").bits, 1u);
  EXPECT_EQ(evaluated("~0").bits, ~0ull);
}

TEST(ConstantExpression, DivisionsAndShiftsAreSignedUnlessAnOperandIsNot) {
  EXPECT_EQ(evaluated("-7 / 2").bits, static_cast<std::uint64_t>(-3));
  EXPECT_EQ(evaluated("-7 % 2").bits, static_cast<std::uint64_t>(-1));
  EXPECT_EQ(evaluated("7 % -2").bits, 1u);
  EXPECT_EQ(evaluated("-7 / 2U").bits, 0x7FFFFFFFFFFFFFFCu);
  EXPECT_EQ(evaluated("-8 >> 1").bits, static_cast<std::uint64_t>(-4));
  EXPECT_EQ(evaluated("(.u64)-8 >> 1").bits, 0x7FFFFFFFFFFFFFFCu);
  EXPECT_EQ(evaluated("(.s64)0xFFFFFFFFFFFFFFF8 >> 64").bits, ~0ull);
  EXPECT_EQ(evaluated("1 << 64").bits, 0u);
  EXPECT_EQ(evaluated("-1 < 0").bits, 1u);
  EXPECT_EQ(evaluated("-1 < 0U").bits, 0u);
}

TEST(ConstantExpression, TheLeastIntegerDividedByMinusOneWraps) {
  EXPECT_EQ(evaluated("(.s64)0x8000000000000000 / -1").bits, 0x8000000000000000u);
  EXPECT_EQ(evaluated("(.s64)0x8000000000000000 % -1").bits, 0u);
}

TEST(ConstantExpression, BasesAreCs) {
  EXPECT_LIKE_CPP((0x1F + 017 + 0b101));
  EXPECT_EQ(evaluated("0xFFFFFFFFFFFFFFFF").kind, Kind::u64);
  EXPECT_EQ(evaluated("9223372036854775807").kind, Kind::s64);
  EXPECT_EQ(evaluated("9223372036854775808").kind, Kind::u64);
  EXPECT_EQ(evaluated("1U").kind, Kind::u64);
}

TEST(ConstantExpression, DoublesComputeAsDoubles) {
  EXPECT_EQ(evaluated("1.5 + 0.1 * 3.0").bits, std::bit_cast<std::uint64_t>(1.5 + 0.1 * 3.0));
  EXPECT_EQ(evaluated("-.1").bits, std::bit_cast<std::uint64_t>(-.1));
  EXPECT_EQ(evaluated("0d3FF0000000000000").bits, 0x3FF0000000000000u);
  EXPECT_EQ(evaluated("1.5 < 2.5").bits, 1u);
}

TEST(ConstantExpression, BitsOfABinary32StayAsTheyAre) {
  EXPECT_EQ(evaluated("0fFFC00001").bits, 0xFFC00001u);
  EXPECT_EQ(evaluated("0fFFC00001").kind, Kind::f32);
  EXPECT_EQ(problem("0f3F800000 + 0f3F800000"), "k.ptx:1:12: + does not take these operands");
  EXPECT_EQ(problem("-0f3F800000"), "k.ptx:1:1: - does not take this operand");
}

TEST(ConstantExpression, ErrorsNameThePlace) {
  EXPECT_EQ(problem("1 / 0"), "k.ptx:1:3: division by zero");
  EXPECT_EQ(problem("1 % (2 - 2)"), "k.ptx:1:3: division by zero");
  EXPECT_EQ(problem("09"), "k.ptx:1:1: 09 is not a number of 64 bits");
  EXPECT_EQ(problem("18446744073709551616"),
            "k.ptx:1:1: 18446744073709551616 is not a number of 64 bits");
  EXPECT_EQ(problem("1e999"), "k.ptx:1:1: 1e999 is not a number of 64 bits");
  EXPECT_EQ(problem("1 + ;"), "k.ptx:1:5: expected a number, but here stands \";\"");
  EXPECT_EQ(problem("(1"), "k.ptx:1:3: expected \")\", but here stands the end of the text");
  EXPECT_EQ(problem("1 + 1.5"), "k.ptx:1:3: + does not take these operands");
  EXPECT_EQ(problem("1.5 % 2.5"), "k.ptx:1:5: % does not take these operands");
}

TEST(ConstantExpression, DepthIsBounded) {
  const std::string deep(100000, '('), minus(100000, '-');
  EXPECT_EQ(problem(deep), "k.ptx:1:65: this expression is nested too deeply");
  EXPECT_EQ(problem(minus + "1"), "k.ptx:1:64: this expression is nested too deeply");
  std::string choices;
  for (int i = 0; i < 100000; ++i)
    choices += "1?";
  EXPECT_EQ(problem(choices), "k.ptx:1:129: this expression is nested too deeply");
}

}  // namespace
}  // namespace assay::ptx
