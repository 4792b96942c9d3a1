// SPDX-License-Identifier: Apache-2.0
// Words of PTX. Source of expectations: PTX ISA 9.0, 4.1 to 4.5.
#include <gtest/gtest.h>

#include "cuda/emulator/ptx/token.hpp"

namespace assay::ptx {
namespace {

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  Lexer lexer(text);
  for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
    found.emplace_back(token.text);
    if (token.kind == TokenKind::invalid) found.back() += " INVALID";
  }
  return found;
}

TokenKind kind(std::string_view text) {
  return Lexer(text).next().kind;
}

using Words = std::vector<std::string>;

TEST(Lexer, NamesHoldDollarsAndUnderscoresAndBeginWithAPercentSign) {
  EXPECT_EQ(words("$L__BB0_1 __$temp1 %r12 _ZN3fooE _ P"),
            (Words{"$L__BB0_1", "__$temp1", "%r12", "_ZN3fooE", "_", "P"}));
}

TEST(Lexer, AModifierWithColonsIsOneWord) {
  EXPECT_EQ(words("mbarrier.complete_tx::bytes.shared::cta.L2::128B"),
            (Words{"mbarrier", ".complete_tx::bytes", ".shared::cta", ".L2::128B"}));
  EXPECT_EQ(words("mma.scale_vec::1X.m16n8k64.row"),
            (Words{"mma", ".scale_vec::1X", ".m16n8k64", ".row"}));
  EXPECT_EQ(words(".a:b"), (Words{".a", ":", "b"}));
}

TEST(Lexer, AModifierMayBeginWithADigit) {
  EXPECT_EQ(words("tcgen05.ld.16x64b.x1 tensor.2d"),
            (Words{"tcgen05", ".ld", ".16x64b", ".x1", "tensor", ".2d"}));
}

TEST(Lexer, APointBehindNoNameBeginsANumber) {
  EXPECT_EQ(words("{.05, .1e-5}"), (Words{"{", ".05", ",", ".1e-5", "}"}));
  EXPECT_EQ(kind(".05"), TokenKind::real);
}

TEST(Lexer, ALabelsColonIsNotPartOfItsName) {
  EXPECT_EQ(words("$L__BB0_1:ret;"), (Words{"$L__BB0_1", ":", "ret", ";"}));
}

TEST(Lexer, SinksAndPairsAreWordsOfTheirOwn) {
  EXPECT_EQ(words("_|P,p|q"), (Words{"_", "|", "P", ",", "p", "|", "q"}));
}

TEST(Lexer, RangesAreNotShifts) {
  EXPECT_EQ(words("%r<12>;"), (Words{"%r", "<", "12", ">", ";"}));
  EXPECT_EQ(words("1<<4>>2"), (Words{"1", "<<", "4", ">>", "2"}));
}

TEST(Lexer, IntegersOfEveryBaseMayCarryU) {
  for (const std::string_view text : {"0", "12", "0x1Fu", "0X1f", "017", "0b101", "0B1U", "12U"}) {
    const bool lower_case_u = text.back() == 'u';
    EXPECT_EQ(kind(text), lower_case_u ? TokenKind::invalid : TokenKind::integer) << text;
  }
}

TEST(Lexer, RealNumbersAreBitsOrDecimal) {
  for (const std::string_view text : {"0f3F800000", "0F00000000", "0d3FF0000000000000",
                                      "0D0000000000000000", "1.5", "1.", "1e5", "1.5E-3", "2e+4"})
    EXPECT_EQ(kind(text), TokenKind::real) << text;
}

TEST(Lexer, BitsOfRealNumbersHaveAllTheirDigits) {
  for (const std::string_view text :
       {"0f3F80000", "0f3F8000000", "0d3FF", "0d3FF00000000000000", "12abc", "0xg", "0f"})
    EXPECT_EQ(kind(text), TokenKind::invalid) << text;
}

TEST(Lexer, CommentsSeparateWords) {
  EXPECT_EQ(words("a//b\nc/* d\n*/e"), (Words{"a", "c", "e"}));
  EXPECT_EQ(words("a /* b"), (Words{"a", "/* INVALID"}));
}

TEST(Lexer, StringsEndOnTheirLine) {
  EXPECT_EQ(words(R"("a\"b" c)"), (Words{R"("a\"b")", "c"}));
  EXPECT_EQ(kind("\"a\nb\""), TokenKind::invalid);
  EXPECT_EQ(kind("\"a\\"), TokenKind::invalid);
}

TEST(Lexer, LinesAndColumnsCountFromOne) {
  Lexer lexer("a\n /* \n */ b\r\n\tc");
  lexer.next();
  const Token b = lexer.next(), c = lexer.next();
  EXPECT_EQ(b.line, 3);
  EXPECT_EQ(b.column, 5);
  EXPECT_EQ(c.line, 4);
  EXPECT_EQ(c.column, 2);
}

TEST(Lexer, WhatPtxHasNotIsInvalid) {
  for (const std::string_view text : {"#", "`", "\\", "\x80", "'", ". ", "%"}) {
    const TokenKind found = kind(text);
    EXPECT_TRUE(found == TokenKind::invalid || text == "%") << text;
  }
}

}  // namespace
}  // namespace assay::ptx
