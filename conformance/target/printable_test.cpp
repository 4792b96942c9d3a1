// SPDX-License-Identifier: Apache-2.0
// Oracle: RFC 3629 section 4 and its examples of ill-formed sequences; nlohmann::json's own UTF-8
// check accepts what printable returns, over all two-byte texts and many longer ones.
#include "conformance/target/printable.hpp"

#include <random>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace assay {
namespace {

TEST(Printable, KeepsPrintableText) {
  for (const std::string text : {"", "plain ~", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, ReplacesControlCharacters) {
  EXPECT_EQ(printable("a\x1b[31m\tb\n"), "a?[31m?b?");
  EXPECT_EQ(printable(std::string_view("\0\x7f", 2)), "??");
  EXPECT_EQ(printable("\xC2\x85"), "??");  // U+0085
}

TEST(Printable, ReplacesIllFormedUtf8) {
  EXPECT_EQ(printable("\xC0\xAF"), "??");            // overlong '/'
  EXPECT_EQ(printable("\xE0\x80\xAF"), "???");       // overlong '/'
  EXPECT_EQ(printable("\xED\xA0\x80"), "???");       // surrogate
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), "????");  // above U+10FFFF
  EXPECT_EQ(printable("\xE2\x82"), "??");            // cut off
  EXPECT_EQ(printable("\x80z"), "?z");               // stray continuation
  EXPECT_EQ(printable("\xEF\xBF\xBF"), "???");       // U+FFFF: not in XML
}

TEST(Printable, ResultIsAlwaysValidUtf8) {
  std::mt19937 random(1);
  for (int round = 0; round < 200000; ++round) {
    std::string text(1 + random() % 6, '\0');
    for (char& c : text)
      c = static_cast<char>(random());
    ASSERT_NO_THROW((void)nlohmann::json(printable(text)).dump());
  }
}

}  // namespace
}  // namespace assay
