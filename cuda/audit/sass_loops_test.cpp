// SPDX-License-Identifier: Apache-2.0
// Oracle: words from ptxas 13.0, and, where it is installed, loops that it compiles anew: an inner
// one with a number of multiply-adds that a loop around it does not have.
#include "cuda/audit/sass_loops.hpp"

#include <gtest/gtest.h>

#include "cuda/audit/sass_histogram.hpp"
#include "cuda/audit/test_ptxas.hpp"

namespace assay::audit {
namespace {

constexpr SassWord kFfma{0x0000000502057223, 0}, kSelf{0xfffffffc00fc7947, 0x000fc0000383ffff},
    kBack153{0xfffffff400983947, 0x000fea000383ffff},  // "@P3 BRA" 153 words back, of 855 to 702
    kForward1{0x0000000000048947, 0x000fea0003800000};

TEST(SassLoops, LieBetweenABranchBackAndItsTarget) {
  std::vector<SassWord> words(1000, kFfma);
  words[20] = kForward1;
  words[855] = kBack153;
  words[999] = kSelf;
  const auto loops = find_loops(words, 110);
  ASSERT_EQ(loops.size(), 1U);
  EXPECT_EQ(loops[0].first, 702U);
  EXPECT_EQ(loops[0].last, 855U);
  EXPECT_EQ(loops[0].instructions(), 154U);
  EXPECT_EQ(loops[0].counts, (std::map<std::string, std::uint64_t>{{"BRA", 1}, {"FFMA", 153}}));
  EXPECT_TRUE(find_loops(words, 75).empty());
}

TEST(SassLoops, InnermostOnesEncloseNoOther) {
  std::vector<SassWord> words(900, kFfma);
  words[700] = words[780] = kBack153;
  const auto crossing = find_loops(words, 110);
  ASSERT_EQ(crossing.size(), 2U);
  EXPECT_TRUE(crossing[0].is_innermost && crossing[1].is_innermost);  // neither is in the other
  words[700] = {0xfffffffc00ec7947, 0x000fc0000383ffff};              // five words back
  const auto nested = find_loops(words, 110);
  ASSERT_EQ(nested.size(), 2U);
  EXPECT_TRUE(nested[0].is_innermost);
  EXPECT_FALSE(nested[1].is_innermost);
  EXPECT_EQ(nested[0].counts.size(), 2U);
  EXPECT_EQ(nested[1].counts.at("BRA"), 2U);
}

TEST(SassLoops, ATargetBeforeTheFirstInstructionIsNoLoop) {
  EXPECT_TRUE(find_loops({kFfma, kBack153}, 110).empty());
}

TEST(SassLoops, PtxasLoopsAreFound) {
  if (!has_ptxas()) GTEST_SKIP() << "ptxas is not installed";
  std::string body = "mov.u32 r10,0; OUTER: mov.u32 r11,0; add.f32 f0,f0,f1; INNER:\n";
  for (int i = 0; i < 200; ++i)
    body += "fma.rn.f32 f2,f2,f3,f0;\n";
  body +=
      "add.u32 r11,r11,1; setp.lt.u32 p1,r11,r0; @p1 bra INNER;\n"
      "add.u32 r10,r10,1; setp.lt.u32 p2,r10,r1; @p2 bra OUTER; st.global.f32 [d0+128],f2;";
  for (const char* target : {"sm_100a", "sm_103a", "sm_110a", "sm_120a"}) {
    const auto cubin = assemble(target, probe_module(target, kProbeInputs + body));
    ASSERT_TRUE(cubin);
    const auto histogram = sass_histogram(std::as_bytes(std::span(*cubin)), "k.cubin");
    ASSERT_TRUE(histogram);
    const auto& loops = histogram->kernels.at(0).loops;
    ASSERT_EQ(loops.size(), 2U) << target;
    EXPECT_FALSE(loops[1].is_innermost) << target;
    EXPECT_EQ(loops[0].counts.at("FFMA"), 200U) << target;
    EXPECT_FALSE(loops[0].counts.contains("FADD")) << target;
  }
}

}  // namespace
}  // namespace assay::audit
