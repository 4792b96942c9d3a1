// SPDX-License-Identifier: Apache-2.0
// Which lanes execute when: branches, loops, early exits, locks inside a warp, instructions that
// need several lanes. Expectations are written from PTX ISA 9.0: 9.7.12 (control flow), 9.7.9.6
// (shfl.sync), 9.7.13 (barriers); order among lanes that the ISA leaves open must not matter, so
// each runs under fuzzed schedules, too.
#include <numeric>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

std::vector<std::uint32_t> count_up(std::size_t count) {
  std::vector<std::uint32_t> values(count);
  std::iota(values.begin(), values.end(), 0);
  return values;
}

// The same result under the fair schedule and 20 fuzzed ones, without findings.
std::vector<std::uint32_t> run_everywhere(const std::string& body, std::uint32_t blocks,
                                          std::uint32_t threads, const std::string& globals = "") {
  TestKernel kernel(body, globals);
  std::vector<std::uint32_t> first;
  for (std::uint64_t seed = 0; seed <= 20; ++seed) {
    kernel.options.schedule = seed == 0 ? Schedule::fair : Schedule::fuzzed;
    kernel.options.schedule_seed = seed;
    std::vector<std::uint32_t> out(blocks * threads, 0xDEADBEEF);
    kernel.run({blocks, 1, 1}, {threads, 1, 1}, count_up(out.size()), out);
    EXPECT_TRUE(kernel.findings.empty()) << "seed " << seed << ": " << kernel.finding_texts();
    if (seed == 0) first = out;
    EXPECT_EQ(out, first) << "seed " << seed;
  }
  return first;
}

// 9.7.12, brx.idx: the label at the index, which lanes may have different ones of; a guard that
// does not hold goes on behind it.
TEST(Divergence, LanesJumpToTheLabelOfTheirIndex) {
  const auto out = run_everywhere(R"(
    rem.u32 %r1, %i, 3;
    setp.lt.u32 %p1, %i, 40;
    mov.u32 %r2, 7;
targets:
    .branchtargets first, second, third;
    @%p1 brx.idx %r1, targets;
    bra done;
first:
    mov.u32 %r2, 100;
    bra done;
third:
    mov.u32 %r2, 300;
    bra done;
second:
    mov.u32 %r2, 200;
done:
    add.u32 %r2, %r2, %i;
    st.global.u32 [%out], %r2;
  )",
                                  1, 64);
  for (std::uint32_t i = 0; i < 64; ++i)
    EXPECT_EQ(out[i], (i < 40 ? 100 * (i % 3 + 1) : 7) + i) << i;
}

TEST(Divergence, LanesTakeTheirOwnSideOfABranch) {
  const auto out = run_everywhere(R"(
    ld.global.u32 %r1, [%in];
    and.b32 %r2, %r1, 1;
    setp.eq.u32 %p1, %r2, 0;
    @%p1 bra EVEN;
    mul.lo.u32 %r3, %r1, 3;
    bra JOIN;
  EVEN:
    add.u32 %r3, %r1, 1000;
  JOIN:
    st.global.u32 [%out], %r3;
  )",
                                  1, 64);
  for (std::uint32_t i = 0; i < 64; ++i)
    EXPECT_EQ(out[i], i % 2 == 0 ? i + 1000 : i * 3);
}

TEST(Divergence, LoopsEndWhenEachLaneIsDone) {
  const auto out = run_everywhere(R"(
    ld.global.u32 %r1, [%in];
    mov.u32 %r2, 0;
    mov.u32 %r3, 0;
  LOOP:
    setp.ge.u32 %p1, %r2, %r1;
    @%p1 bra DONE;
    add.u32 %r2, %r2, 1;
    add.u32 %r3, %r3, %r2;
    bra LOOP;
  DONE:
    st.global.u32 [%out], %r3;
  )",
                                  2, 48);
  for (std::uint32_t i = 0; i < 96; ++i)
    EXPECT_EQ(out[i], i * (i + 1) / 2);
}

TEST(Divergence, LanesThatMeetAgainExecuteTogether) {
  TestKernel kernel(R"(
    setp.lt.u32 %p1, %i, 7;
    @%p1 bra LOW;
    mov.u32 %r1, 1;
    bra JOIN;
  LOW:
    mov.u32 %r1, 2;
  JOIN:
    st.global.u32 [%out], %r1;
  )");
  kernel.options.profile = true;
  std::vector<std::uint32_t> out(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, count_up(32), out);
  for (std::size_t pc = 0; pc < kernel.counters.size(); ++pc) {
    const OpInfo& info = kernel.program().infos[pc];
    if (info.instruction->opcode == "st" && !info.is_auxiliary) {
      EXPECT_EQ(kernel.counters[pc].executions, 1u);
    }
  }
}

TEST(Divergence, OnlyWhatSplitsAGroupCountsAsDivergent) {
  TestKernel kernel(R"(
    setp.lt.u32 %p1, %i, 7;
    @%p1 bra JOIN;
    mov.u32 %r1, 1;
  JOIN:
    st.global.u32 [%out], %i;
  )");
  kernel.options.profile = true;
  std::vector<std::uint32_t> out(64);
  kernel.run({1, 1, 1}, {64, 1, 1}, count_up(64), out);
  std::uint64_t divergent = 0;
  for (const PcCounters& counters : kernel.counters)
    divergent += counters.divergent;
  EXPECT_EQ(divergent, 1u);  // the branch in the first warp; no ret, no branch of the second
}

TEST(Divergence, ALockHeldByAnotherLaneOfTheWarpIsReleased) {
  const auto out = run_everywhere(R"(
    mov.u64 %rd1, lock;
    mov.u64 %rd2, total;
  TRY:
    atom.global.acquire.gpu.cas.b32 %r1, [%rd1], 0, 1;
    setp.ne.u32 %p1, %r1, 0;
    @%p1 bra TRY;
    ld.relaxed.gpu.global.u32 %r2, [%rd2];
    add.u32 %r2, %r2, 1;
    st.relaxed.gpu.global.u32 [%rd2], %r2;
    fence.acq_rel.gpu;
    atom.global.release.gpu.exch.b32 %r1, [%rd1], 0;
    st.global.u32 [%out], 1;
  )",
                                  2, 64, ".global .u32 lock; .global .u32 total;");
  EXPECT_EQ(std::accumulate(out.begin(), out.end(), 0u), 128u);
}

TEST(Divergence, AShuffleWaitsForLanesThatComeLater) {
  const auto out = run_everywhere(R"(
    mov.u32 %r1, %i;
    setp.lt.u32 %p1, %i, 5;
    @%p1 bra LATE;
  JOIN:
    shfl.sync.bfly.b32 %r2, %r1, 16, 31, 0xFFFFFFFF;
    st.global.u32 [%out], %r2;
    ret;
  LATE:
    add.u32 %r1, %r1, 100;
    bra JOIN;
  )",
                                  1, 32);
  for (std::uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], (i ^ 16) < 5 ? (i ^ 16) + 100 : i ^ 16);
}

TEST(Divergence, HalvesOfAWarpShuffleUnderTheirOwnMasks) {
  const auto out = run_everywhere(R"(
    setp.lt.u32 %p1, %i, 16;
    selp.b32 %r3, 0x0000FFFF, 0xFFFF0000, %p1;
    mul.lo.u32 %r1, %i, 10;
    shfl.sync.bfly.b32 %r2, %r1, 1, 31, %r3;
    st.global.u32 [%out], %r2;
  )",
                                  1, 32);
  for (std::uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], (i ^ 1) * 10);
}

TEST(Divergence, AShuffleWhoseLanesNeverComeIsReported) {
  TestKernel kernel(R"(
    setp.lt.u32 %p1, %i, 16;
    @%p1 bra LOW;
    shfl.sync.bfly.b32 %r2, %i, 1, 31, 0xFFFFFFFF;
    bra JOIN;
  LOW:
    shfl.sync.bfly.b32 %r2, %i, 2, 31, 0xFFFFFFFF;
  JOIN:
    st.global.u32 [%out], %r2;
  )");
  std::vector<std::uint32_t> out(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, count_up(32), out);
  ASSERT_EQ(kernel.findings.size(), 1u);
  EXPECT_EQ(kernel.findings[0].kind, FindingKind::shuffle_divergence);
  ASSERT_TRUE(kernel.findings[0].other);
  EXPECT_NE(kernel.findings[0].other->ptx_line, kernel.findings[0].at.ptx_line);
}

TEST(Divergence, HalvesOfAWarpAtTwoBarriersAreReported) {
  TestKernel kernel(R"(
    setp.lt.u32 %p1, %i, 16;
    @%p1 bra OTHER;
    bar.sync 0;
    bra END;
  OTHER:
    bar.sync 1;
  END:
    st.global.u32 [%out], %i;
  )");
  std::vector<std::uint32_t> out(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, count_up(32), out);
  ASSERT_FALSE(kernel.findings.empty());
  EXPECT_EQ(kernel.findings[0].kind, FindingKind::barrier_divergence);
}

TEST(Divergence, ThreadsThatHaveExitedCountAsArrived) {
  TestKernel kernel(R"(
    setp.lt.u32 %p1, %i, 20;
    @%p1 ret;
    bar.sync 0;
    st.global.u32 [%out], 7;
  )");
  std::vector<std::uint32_t> out(64);
  kernel.run({1, 1, 1}, {64, 1, 1}, count_up(64), out);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  EXPECT_EQ(out[63], 7u);
}

}  // namespace
}  // namespace assay::emulator
