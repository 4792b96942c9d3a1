// SPDX-License-Identifier: Apache-2.0
// bar and barrier by PTX ISA 9.0, 9.7.13.1.
#include <algorithm>
#include <numeric>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

using Words = std::vector<std::uint32_t>;

Words run(TestKernel& kernel, std::uint32_t threads, std::uint64_t seed = 0) {
  kernel.options.schedule = seed == 0 ? Schedule::fair : Schedule::fuzzed;
  kernel.options.schedule_seed = seed;
  Words in(threads), out(threads);
  std::iota(in.begin(), in.end(), 0);
  kernel.run({1, 1, 1}, {threads, 1, 1}, in, out);
  return out;
}

constexpr const char* kReverse = R"(
    mov.u32 %r1, buffer;
    shl.b32 %r2, %i, 2;
    add.u32 %r3, %r1, %r2;
    st.shared.u32 [%r3], %i;
    bar.sync 0;
    mov.u32 %r4, %ntid.x;
    sub.u32 %r4, %r4, 1;
    sub.u32 %r4, %r4, %i;
    shl.b32 %r4, %r4, 2;
    add.u32 %r4, %r1, %r4;
    ld.shared.u32 %r5, [%r4];
    st.global.u32 [%out], %r5;
)";

TEST(Barrier, WhatWasStoredBeforeItIsSeenBehindIt) {
  TestKernel kernel(kReverse, ".shared .align 4 .b8 buffer[4096];");
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Words out = run(kernel, 256, seed);
    EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
    for (std::uint32_t i = 0; i < 256; ++i)
      EXPECT_EQ(out[i], 255 - i);
  }
}

TEST(Barrier, ABlockThatIsNoMultipleOf32MeetsToo) {
  TestKernel kernel(kReverse, ".shared .align 4 .b8 buffer[4096];");
  const Words out = run(kernel, 75);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  for (std::uint32_t i = 0; i < 75; ++i)
    EXPECT_EQ(out[i], 74 - i);
}

TEST(Barrier, WithoutItTheSameKernelIsARace) {
  std::string body = kReverse;
  body.replace(body.find("bar.sync 0;"), 11, "");
  TestKernel kernel(body, ".shared .align 4 .b8 buffer[4096];");
  run(kernel, 64);
  ASSERT_FALSE(kernel.findings.empty());
  bool has_race = false;
  for (const Finding& finding : kernel.findings)
    has_race |=
        finding.kind == FindingKind::race || finding.kind == FindingKind::uninitialized_read;
  EXPECT_TRUE(has_race) << kernel.finding_texts();
}

TEST(Barrier, RedCountsThreadsWhosePredicateHolds) {
  TestKernel kernel(R"(
    rem.u32 %r1, %i, 3;
    setp.eq.u32 %p1, %r1, 0;
    bar.red.popc.u32 %r2, 1, %p1;
    bar.red.and.pred %p2, 2, %p1;
    bar.red.or.pred %p3, 3, !%p2;
    selp.u32 %r3, 1000, 0, %p2;
    selp.u32 %r4, 100000, 0, %p3;
    add.u32 %r2, %r2, %r3;
    add.u32 %r2, %r2, %r4;
    st.global.u32 [%out], %r2;
  )");
  for (std::uint64_t seed = 0; seed < 5; ++seed)
    for (const std::uint32_t value : run(kernel, 96, seed))
      EXPECT_EQ(value, 100032u);
}

TEST(Barrier, ProducersArriveAndConsumersWait) {
  TestKernel kernel(R"(
    mov.u32 %r1, buffer;
    shr.u32 %r2, %i, 5;
    and.b32 %r3, %i, 31;
    shl.b32 %r4, %r3, 2;
    add.u32 %r4, %r1, %r4;
    setp.eq.u32 %p1, %r2, 0;
    @%p1 bra PRODUCE;
    barrier.sync 5, 64;
    ld.shared.u32 %r5, [%r4];
    st.global.u32 [%out], %r5;
    bra END;
  PRODUCE:
    mul.lo.u32 %r5, %r3, 7;
    st.shared.u32 [%r4], %r5;
    barrier.arrive 5, 64;
  END:
  )",
                    ".shared .align 4 .b8 buffer[128];");
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Words out = run(kernel, 64, seed);
    EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
    for (std::uint32_t i = 0; i < 32; ++i)
      EXPECT_EQ(out[32 + i], 7 * i);
  }
}

TEST(Barrier, WarpsThatHaveExitedAreNotWaitedFor) {
  TestKernel kernel(R"(
    setp.ge.u32 %p1, %i, 32;
    @%p1 ret;
    bar.sync 0;
    st.global.u32 [%out], 1;
  )");
  const Words out = run(kernel, 96);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  EXPECT_EQ(out[0], 1u);
}

TEST(Barrier, TooFewThreadsAreADeadlockThatNamesTheCount) {
  TestKernel kernel("    bar.sync 3, 96;\n    st.global.u32 [%out], 1;\n");
  run(kernel, 64);
  ASSERT_EQ(kernel.findings.size(), 1u);
  EXPECT_EQ(kernel.findings[0].kind, FindingKind::deadlock);
  EXPECT_NE(kernel.findings[0].message.find("64 of 96"), std::string::npos)
      << kernel.findings[0].message;
}

TEST(Barrier, CountsThatDisagreeAreReported) {
  TestKernel kernel(R"(
    setp.ge.u32 %p1, %i, 32;
    @%p1 bra OTHER;
    bar.sync 1, 64;
    bra END;
  OTHER:
    bar.sync 1, 96;
  END:
    st.global.u32 [%out], 1;
  )");
  run(kernel, 64);
  EXPECT_TRUE(std::ranges::any_of(kernel.findings, [](const Finding& finding) {
    return finding.kind == FindingKind::barrier_divergence;
  })) << kernel.finding_texts();
}

// A warp waits at a barrier and then goes on: one instruction, for the counters and for the
// launch's steps.
TEST(Barrier, EachPassageCountsOnce) {
  TestKernel kernel(R"(
    setp.eq.u32 %p1, %i, 7;
    bar.sync 0;
    barrier.sync 1;
    bar.red.popc.u32 %r1, 0, %p1;
)");
  kernel.options.profile = true;
  for (const std::uint64_t seed : {0, 1, 2}) {
    run(kernel, 96, seed);
    EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
    PcCounters all, barriers;
    for (std::size_t pc = 0; pc < kernel.counters.size(); ++pc) {
      all += kernel.counters[pc];
      if (kernel.program().infos[pc].op_class == OpClass::barrier) barriers += kernel.counters[pc];
    }
    EXPECT_EQ(barriers.lanes, 3u * 96);
    if (seed != 0) continue;  // the lanes of a warp part
    EXPECT_EQ(barriers.executions, 3u * 3);
    EXPECT_EQ(kernel.steps, all.executions);
  }
}

}  // namespace
}  // namespace assay::emulator
