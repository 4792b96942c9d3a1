// SPDX-License-Identifier: Apache-2.0
// shfl, vote, match, redux, elect and activemask. Expectations: CUDA C++ Programming Guide, "Warp
// Shuffle Functions" (sources by width), and PTX ISA, "Parallel Synchronization and Communication
// Instructions: vote.sync", "match.sync", "redux.sync", "elect.sync", "activemask".
#include <bit>
#include <cmath>
#include <numeric>
#include <random>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

using Words = std::vector<std::uint32_t>;

// One warp; each lane has in[lane] in %r1 and its number in %i, and stores %r2.
Words run(TestKernel& kernel, const Words& in, std::uint32_t threads = 32) {
  Words out(threads, 0xEEEEEEEE);
  kernel.run({1, 1, 1}, {threads, 1, 1}, in, out);
  return out;
}

std::string around(const std::string& body) {
  return "ld.global.u32 %r1, [%in];\n" + body + "\nst.global.u32 [%out], %r2;\n";
}

Words numbers(std::uint32_t first = 100) {
  Words words(32);
  std::iota(words.begin(), words.end(), first);
  return words;
}

void expect_finding(const TestKernel& kernel, FindingKind kind, std::string_view part) {
  ASSERT_FALSE(kernel.findings.empty()) << part;
  EXPECT_EQ(kernel.findings[0].kind, kind) << kernel.finding_texts();
  EXPECT_NE(kernel.findings[0].message.find(part), std::string::npos) << kernel.finding_texts();
}

struct Shuffled {
  int lane;
  bool in_range;
};

// The guide: lanes of a section of `width`; what lies outside of it gives the lane's own value.
Shuffled guide_source(const std::string& mode, int lane, int operand, int width) {
  const int section = lane / width * width, position = lane % width;
  int target = 0;
  bool in_range = true;
  if (mode == "idx") {
    target = section + operand % width;
  } else if (mode == "up") {
    target = lane - operand;
    in_range = position >= operand;
  } else if (mode == "down") {
    target = lane + operand;
    in_range = position + operand < width;
  } else {
    target = lane ^ operand;
    // "when width < 32, ... groups may read elements of earlier groups; from later ones they get
    // their own value".
    in_range = target < section + width;
  }
  return {in_range ? target : lane, in_range};
}

TEST(Shuffle, ReadsFromTheLaneThatTheGuideSays) {
  for (const std::string mode : {"idx", "up", "down", "bfly"})
    for (const int width : {32, 16, 8, 4, 2})
      for (int operand = 0; operand < (mode == "idx" ? 32 : width); ++operand) {
        const int c = (32 - width) << 8 | (mode == "up" ? 0 : 31);
        TestKernel kernel(around(fmt::format(
            R"(shfl.sync.{}.b32 %r2|%p1, %r1, {}, {}, -1;
               selp.u32 %r3, 1000, 0, %p1;
               add.u32 %r2, %r2, %r3;)",
            mode, operand, c)));
        const Words out = run(kernel, numbers());
        EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
        for (int lane = 0; lane < 32; ++lane) {
          const Shuffled from = guide_source(mode, lane, operand, width);
          ASSERT_EQ(out[static_cast<std::size_t>(lane)],
                    static_cast<std::uint32_t>(100 + from.lane + (from.in_range ? 1000 : 0)))
              << mode << " " << operand << " width " << width << " lane " << lane;
        }
      }
}

TEST(Shuffle, TakesEachLanesOwnOperands) {
  TestKernel kernel(around("shfl.sync.idx.b32 %r2, %i, %r1, 31, 0xffffffff;"));
  Words in(32);
  for (std::uint32_t lane = 0; lane < 32; ++lane)
    in[lane] = (lane * 7 + 3) % 32 + 32 * lane;  // of which 5 bits count
  const Words out = run(kernel, in);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  for (std::uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(out[lane], in[lane] % 32);
}

TEST(Shuffle, MayReadAndWriteTheSameRegister) {
  TestKernel kernel(around("shfl.sync.down.b32 %r1, %r1, 1, 31, -1;\nmov.u32 %r2, %r1;"));
  const Words out = run(kernel, numbers());
  for (std::uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(out[lane], 100 + std::min(lane + 1, 31u));
}

TEST(Shuffle, WorksForTheLanesOfAMask) {
  // Even lanes exchange among themselves, odd ones do not take part.
  TestKernel kernel(around(R"(mov.u32 %r2, 7;
    and.b32 %r3, %i, 1;
    setp.eq.u32 %p1, %r3, 0;
    @!%p1 bra SKIP;
    shfl.sync.bfly.b32 %r2, %r1, 2, 31, 0x55555555;
    SKIP:)"));
  const Words out = run(kernel, numbers());
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  for (std::uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(out[lane], lane % 2 == 0 ? 100 + (lane ^ 2) : 7);
}

TEST(Shuffle, FromALaneOutsideTheMaskIsAFinding) {
  TestKernel kernel(around(R"(mov.u32 %r2, 0;
    and.b32 %r3, %i, 1;
    setp.eq.u32 %p1, %r3, 0;
    @!%p1 bra SKIP;
    shfl.sync.bfly.b32 %r2, %r1, 1, 31, 0x55555555;
    SKIP:)"));
  run(kernel, numbers());
  expect_finding(kernel, FindingKind::shuffle_divergence,
                 "lane 0 reads from lane 1, which is not in the member mask 0x55555555");
  EXPECT_EQ(kernel.findings[0].at.thread[0], 0u);
}

TEST(Shuffle, FromALaneThatHasExitedIsAFinding) {
  TestKernel kernel(around(R"(mov.u32 %r2, 0;
    setp.eq.u32 %p1, %i, 9;
    @%p1 exit;
    shfl.sync.idx.b32 %r2, %r1, 9, 31, -1;)"));
  run(kernel, numbers());
  expect_finding(kernel, FindingKind::shuffle_divergence,
                 "lane 0 reads from lane 9, which has exited");
}

TEST(Shuffle, FromALaneThatTheBlockDoesNotHaveIsAFinding) {
  TestKernel kernel(around("shfl.sync.down.b32 %r2, %r1, 8, 31, -1;"));
  run(kernel, numbers(), 16);
  expect_finding(kernel, FindingKind::shuffle_divergence,
                 "lane 8 reads from lane 16, which does not exist in this block");
}

TEST(Shuffle, OfALaneThatIsNotInItsOwnMaskIsAFinding) {
  TestKernel kernel(around("shfl.sync.idx.b32 %r2, %r1, 0, 31, 0x0000ffff;"));
  run(kernel, numbers());
  expect_finding(kernel, FindingKind::shuffle_divergence,
                 "lanes 16-31 not in the member mask 0xffff");
}

TEST(Shuffle, OfLanesThatNameDifferentMasksIsAFinding) {
  TestKernel kernel(around(R"(setp.lt.u32 %p1, %i, 16;
    selp.u32 %r3, 0xffffffff, 0xffff0000, %p1;
    shfl.sync.idx.b32 %r2, %r1, 16, 31, %r3;)"));
  run(kernel, numbers());
  // Lanes 16-31 do without the others, and are gone when those come.
  expect_finding(kernel, FindingKind::shuffle_divergence,
                 "lane 0 reads from lane 16, which has exited");
}

TEST(Shuffle, OfDisjointMasksAtOneInstructionIsFine) {
  TestKernel kernel(around(R"(setp.lt.u32 %p1, %i, 16;
    selp.u32 %r3, 0x0000ffff, 0xffff0000, %p1;
    shfl.sync.down.b32 %r2, %r1, 1, 31, %r3;)"));
  Words in = numbers();
  run(kernel, in);
  // Lane 15 reads lane 16, which names the other mask.
  expect_finding(kernel, FindingKind::shuffle_divergence, "lane 15 reads from lane 16");
  TestKernel apart(around(R"(setp.lt.u32 %p1, %i, 16;
    selp.u32 %r3, 0x0000ffff, 0xffff0000, %p1;
    shfl.sync.down.b32 %r2, %r1, 1, 0x101f, %r3;)"));
  const Words out = run(apart, in);
  EXPECT_TRUE(apart.findings.empty()) << apart.finding_texts();
  for (std::uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(out[lane], 100 + (lane % 16 == 15 ? lane : lane + 1));
}

TEST(Vote, TellsOfAllAnyAndUniformPredicates) {
  struct Case {
    std::uint32_t holds;
    bool all, any, uni;
  };
  for (const auto& [holds, all, any, uni] : std::vector<Case>{{0xFFFFFFFF, true, true, true},
                                                              {0x00000000, false, false, true},
                                                              {0x00000001, false, true, false},
                                                              {0x7FFFFFFF, false, true, false}}) {
    TestKernel kernel(around(R"(shr.u32 %r1, %r1, %i;
      and.b32 %r1, %r1, 1;
      setp.eq.u32 %p1, %r1, 1;
      vote.sync.all.pred %p2, %p1, -1;
      vote.sync.any.pred %p3, %p1, -1;
      vote.sync.uni.pred %p4, %p1, -1;
      vote.sync.any.pred %p5, !%p1, -1;
      vote.sync.ballot.b32 %r7, !%p1, -1;
      selp.u32 %r2, 1, 0, %p2;
      selp.u32 %r3, 2, 0, %p3;
      selp.u32 %r4, 4, 0, %p4;
      selp.u32 %r5, 8, 0, %p5;
      or.b32 %r2, %r2, %r3;
      or.b32 %r2, %r2, %r4;
      or.b32 %r2, %r2, %r5;
      not.b32 %r7, %r7;
      xor.b32 %r7, %r7, )" + fmt::format("{};\n", holds) +
                             R"(
      shl.b32 %r7, %r7, 4;
      or.b32 %r2, %r2, %r7;)"));
    const Words out = run(kernel, Words(32, holds));
    const std::uint32_t expected =
        (all ? 1u : 0u) | (any ? 2u : 0u) | (uni ? 4u : 0u) | (holds != 0xFFFFFFFF ? 8u : 0u);
    EXPECT_EQ(out, Words(32, expected)) << std::hex << holds;
    EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  }
}

TEST(Vote, BallotsOfPartOfAWarpHaveZerosForTheOthers) {
  TestKernel kernel(around(R"(setp.ge.u32 %p1, %i, 8;
    mov.u32 %r2, 0;
    @%p1 bra SKIP;
    setp.ne.u32 %p2, %i, 3;
    vote.sync.ballot.b32 %r2, %p2, 0xff;
    SKIP:)"));
  const Words out = run(kernel, numbers());
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  for (std::uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(out[lane], lane < 8 ? 0xF7u : 0u);
}

TEST(Vote, CountsExitedLanesAsAbsent) {
  TestKernel kernel(around(R"(setp.ge.u32 %p1, %i, 20;
    @%p1 exit;
    setp.lt.u32 %p2, %i, 40;
    vote.sync.ballot.b32 %r2, %p2, -1;)"));
  const Words out = run(kernel, numbers());
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  EXPECT_EQ(out[0], 0xFFFFFu);
}

TEST(Match, AnyGivesTheLanesWithTheSameValue) {
  TestKernel kernel(around("match.any.sync.b32 %r2, %r1, -1;"));
  Words in(32);
  for (std::uint32_t lane = 0; lane < 32; ++lane)
    in[lane] = lane * lane % 5;
  const Words out = run(kernel, in);
  for (std::size_t lane = 0; lane < 32; ++lane) {
    std::uint32_t expected = 0;
    for (std::size_t other = 0; other < 32; ++other)
      if (in[other] == in[lane]) expected |= 1u << other;
    EXPECT_EQ(out[lane], expected);
  }
}

TEST(Match, LeavesLanesOutsideOfTheMaskAlone) {
  TestKernel kernel(around(R"(mov.u32 %r2, 5;
    and.b32 %r3, %i, 1;
    setp.eq.u32 %p1, %r3, 1;
    @%p1 bra SKIP;
    match.any.sync.b32 %r2, %r1, 0x55555555;
    SKIP:)"));
  const Words out = run(kernel, Words(32, 9));
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  for (std::size_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(out[lane], lane % 2 == 0 ? 0x55555555u : 5u);
}

TEST(Match, ComparesSixtyFourBits) {
  TestKernel kernel(around(R"(mov.b64 %rd1, {5, %r1};
    match.any.sync.b64 %r2, %rd1, -1;)"));
  Words in(32, 1);
  in[31] = 2;
  const Words out = run(kernel, in);
  EXPECT_EQ(out[0], 0x7FFFFFFFu);
  EXPECT_EQ(out[31], 0x80000000u);
}

TEST(Match, AllGivesTheMaskWhereAllValuesAreEqual) {
  const std::string body = around(R"(match.all.sync.b32 %r2|%p1, %r1, -1;
    @%p1 add.u32 %r2, %r2, 1;)");
  TestKernel kernel(body);
  EXPECT_EQ(run(kernel, Words(32, 9)), Words(32, 0));  // 0xffffffff + 1
  Words in(32, 9);
  in[17] = 8;
  TestKernel other(body);
  EXPECT_EQ(run(other, in), Words(32, 0));
  TestKernel plain(around("match.all.sync.b32 %r2, %r1, -1;"));
  EXPECT_EQ(run(plain, Words(32, 9)), Words(32, 0xFFFFFFFF));
}

std::uint32_t reduce_by_hand(const std::string& op, const Words& in, std::uint32_t mask) {
  std::int64_t result = 0;
  bool is_first = true;
  for (std::size_t lane = 0; lane < 32; ++lane) {
    if ((mask >> lane & 1) == 0) continue;
    const bool is_signed = op.ends_with("s32");
    const std::int64_t value =
        is_signed ? std::int64_t{static_cast<std::int32_t>(in[lane])} : std::int64_t{in[lane]};
    if (is_first) {
      result = value;
    } else if (op.starts_with("add")) {
      result += value;
    } else if (op.starts_with("min")) {
      result = std::min(result, value);
    } else if (op.starts_with("max")) {
      result = std::max(result, value);
    } else if (op.starts_with("and")) {
      result &= value;
    } else if (op.starts_with("or")) {
      result |= value;
    } else {
      result ^= value;
    }
    is_first = false;
  }
  return static_cast<std::uint32_t>(result);
}

TEST(Redux, ReducesIntegersOverTheMask) {
  std::mt19937 random(3);
  for (const std::string op : {"add.u32", "add.s32", "min.u32", "min.s32", "max.u32", "max.s32",
                               "and.b32", "or.b32", "xor.b32"})
    for (const std::uint32_t mask : {0xFFFFFFFFu, 0x0F0F0F0Fu, 0x80000000u}) {
      Words in(32);
      for (auto& word : in)
        word = static_cast<std::uint32_t>(random());
      TestKernel kernel(around(fmt::format(R"(mov.u32 %r2, 0;
        mov.u32 %r3, {0};
        shr.u32 %r4, %r3, %i;
        and.b32 %r4, %r4, 1;
        setp.eq.u32 %p1, %r4, 1;
        @!%p1 bra SKIP;
        redux.sync.{1} %r2, %r1, %r3;
        SKIP:)",
                                           mask, op)));
      const Words out = run(kernel, in);
      EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
      for (std::size_t lane = 0; lane < 32; ++lane)
        EXPECT_EQ(out[lane], (mask >> lane & 1) != 0 ? reduce_by_hand(op, in, mask) : 0) << op;
    }
}

// "+0.0 > -0.0"; without .NaN only numbers count, and all NaNs give the canonical NaN.
TEST(Redux, ReducesFloatsByTheRulesOfTheIsa) {
  const auto bits = [](float x) { return std::bit_cast<std::uint32_t>(x); };
  const auto reduce = [&](const std::string& op, Words values) {
    values.resize(32, values.back());
    TestKernel kernel(
        around("mov.b32 %f1, %r1;\nredux.sync." + op + ".f32 %f2, %f1, -1;\nmov.b32 %r2, %f2;"), "",
        "sm_100a");
    const Words out = run(kernel, values);
    EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
    return out[0];
  };
  const std::uint32_t nan = 0x7FC12345, canonical = 0x7FFFFFFF;
  EXPECT_EQ(reduce("min", {bits(2), bits(-3), bits(1)}), bits(-3));
  EXPECT_EQ(reduce("max", {bits(2), bits(-3), bits(1)}), bits(2));
  EXPECT_EQ(reduce("max.abs", {bits(2), bits(-3), bits(1)}), bits(3));
  EXPECT_EQ(reduce("min", {bits(0.0f), bits(-0.0f), bits(0.0f)}), bits(-0.0f));
  EXPECT_EQ(reduce("max", {bits(-0.0f), bits(0.0f), bits(-0.0f)}), bits(0.0f));
  EXPECT_EQ(reduce("min.abs", {bits(-0.0f), bits(-0.0f)}), bits(0.0f));
  EXPECT_EQ(reduce("min", {nan, bits(5), nan}), bits(5));
  EXPECT_EQ(reduce("max", {nan, nan}), canonical);
  EXPECT_EQ(reduce("min.NaN", {bits(5), nan, bits(4)}), canonical);
  EXPECT_EQ(reduce("max.abs.NaN", {bits(-5), bits(4)}), bits(5));
  EXPECT_EQ(reduce("min", {bits(-INFINITY), bits(4)}), bits(-INFINITY));
}

// "the same leader thread is elected for the same membermask every time".
TEST(Elect, ElectsOneLaneOfTheMask) {
  TestKernel kernel(around(R"(mov.u32 %r2, 0xff;
    setp.lt.u32 %p1, %i, 4;
    @%p1 bra SKIP;
    elect.sync %r3|%p2, 0xfffffff0;
    elect.sync _|%p3, 0xfffffff0;
    selp.u32 %r2, 100, 0, %p2;
    selp.u32 %r4, 1000, 0, %p3;
    add.u32 %r2, %r2, %r3;
    add.u32 %r2, %r2, %r4;
    SKIP:)"));
  const Words out = run(kernel, numbers());
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  for (std::uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(out[lane], lane < 4 ? 0xFF : lane == 4 ? 1104 : 4);
}

TEST(Activemask, HasTheLanesThatExecute) {
  TestKernel kernel(around(R"(and.b32 %r3, %i, 3;
    setp.eq.u32 %p1, %r3, 0;
    mov.u32 %r2, 0;
    @%p1 activemask.b32 %r2;)"));
  const Words out = run(kernel, numbers());
  for (std::uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(out[lane], lane % 4 == 0 ? 0x11111111u : 0u);
}

}  // namespace
}  // namespace assay::emulator
