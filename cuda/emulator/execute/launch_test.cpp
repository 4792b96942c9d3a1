// SPDX-License-Identifier: Apache-2.0
// Grids: indices, several host threads, blocks that wait for each other, deadlocks, limits. And
// calls: arguments, results, recursion, pointers to functions (PTX ISA 9.0, 7.1 and 9.7.12.5).
#include <numeric>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

using Words = std::vector<std::uint32_t>;

Words zeros(std::size_t count) {
  return Words(count);
}

TEST(Launch, BlocksAndThreadsHaveTheirIndicesInThreeDimensions) {
  TestKernel kernel(R"(
    mov.u32 %r1, %tid.x;
    mov.u32 %r2, %tid.y;
    mov.u32 %r3, %tid.z;
    mov.u32 %r4, %ctaid.x;
    mov.u32 %r5, %ctaid.y;
    mov.u32 %r6, %ctaid.z;
    mad.lo.u32 %r7, %r6, 2, %r5;
    mad.lo.u32 %r7, %r7, 3, %r4;
    mad.lo.u32 %r8, %r3, 4, %r2;
    mad.lo.u32 %r8, %r8, 5, %r1;
    mad.lo.u32 %r9, %r7, 40, %r8;
    mul.wide.u32 %rd1, %r9, 4;
    add.u64 %rd1, %out0, %rd1;
    st.global.u32 [%rd1], %r9;
  )");
  Words out = zeros(12 * 40);
  kernel.run({3, 2, 2}, {5, 4, 2}, zeros(1000), out);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  for (std::uint32_t i = 0; i < out.size(); ++i)
    EXPECT_EQ(out[i], i);
}

TEST(Launch, ManyBlocksOnSeveralHostThreadsGiveTheSame) {
  TestKernel kernel(R"(
    mul.lo.u32 %r1, %i, 2654435761;
    st.global.u32 [%out], %r1;
  )");
  for (const int threads : {1, 2, 7}) {
    kernel.options.threads = threads;
    Words out = zeros(64 * 1000);
    kernel.run({1000, 1, 1}, {64, 1, 1}, zeros(64 * 1000), out);
    EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
    for (std::uint32_t i = 0; i < out.size(); ++i)
      ASSERT_EQ(out[i], i * 2654435761u);
  }
}

// Block 7 works long and then ends the launch, as block 10 does, which comes to it sooner where
// there is another host thread; blocks 3 and 9 read what nobody has written.
TEST(Launch, FindingsDoNotDependOnHostThreads) {
  TestKernel kernel(R"(
    mov.u32 %r1, %ctaid.x;
    setp.eq.u32 %p1, %r1, 7;
    selp.u32 %r2, 20000, 1, %p1;
WORK:
    sub.u32 %r2, %r2, 1;
    setp.ne.u32 %p2, %r2, 0;
    @%p2 bra WORK;
    setp.eq.u32 %p3, %r1, 10;
    or.pred %p3, %p3, %p1;
    @%p3 trap;
    setp.eq.u32 %p4, %r1, 9;
    @%p4 ld.global.u32 %r4, [%out];
    setp.eq.u32 %p5, %r1, 3;
    @%p5 ld.global.u32 %r5, [%out];
  )");
  for (const int threads : {1, 2, 5})
    for (int repeat = 0; repeat < 10; ++repeat) {
      kernel.options.threads = threads;
      const auto out = kernel.memory().allocate(64 * 4, "out");
      ASSERT_TRUE(out);
      kernel.launch({64, 1, 1}, {1, 1, 1}, {*out, *out});
      ASSERT_EQ(kernel.findings.size(), 2u) << kernel.finding_texts();
      EXPECT_EQ(kernel.findings[0].kind, FindingKind::uninitialized_read);
      EXPECT_EQ(kernel.findings[0].at.block[0], 3u);
      EXPECT_EQ(kernel.findings[1].kind, FindingKind::trap);
      EXPECT_EQ(kernel.findings[1].at.block[0], 7u) << threads;
      ASSERT_TRUE(kernel.memory().free(*out));
    }
}

// Block 0 waits for a flag that block 1 sets.
constexpr const char* kWaitForLaterBlock = R"(
    mov.u64 %rd1, flag;
    mov.u32 %r1, %ctaid.x;
    setp.eq.u32 %p1, %r1, 1;
    @%p1 bra SET;
  WAIT:
    ld.acquire.gpu.global.u32 %r2, [%rd1];
    setp.eq.u32 %p2, %r2, 0;
    @%p2 bra WAIT;
    bra END;
  SET:
    st.release.gpu.global.u32 [%rd1], 1;
  END:
    st.global.u32 [%out], 1;
)";

TEST(Launch, ABlockMayWaitForALaterOne) {
  TestKernel kernel(kWaitForLaterBlock, ".global .u32 flag;");
  Words out = zeros(64);
  kernel.run({2, 1, 1}, {32, 1, 1}, zeros(64), out);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  EXPECT_EQ(std::accumulate(out.begin(), out.end(), 0u), 64u);
}

TEST(Launch, WaitingForABlockThatDoesNotExistIsADeadlock) {
  TestKernel kernel(kWaitForLaterBlock, ".global .u32 flag;");
  Words out = zeros(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, zeros(32), out);
  ASSERT_EQ(kernel.findings.size(), 1u);
  EXPECT_EQ(kernel.findings[0].kind, FindingKind::deadlock);
}

TEST(Launch, TheStepLimitEndsAnEndlessLoop) {
  TestKernel kernel("  LOOP:\n    add.u32 %r1, %i, 1;\n    bra LOOP;\n");
  kernel.options.max_steps = 100'000;
  Words out = zeros(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, zeros(32), out);
  ASSERT_EQ(kernel.findings.size(), 1u);
  EXPECT_EQ(kernel.findings[0].kind, FindingKind::step_limit);
}

TEST(Launch, TrapEndsIt) {
  TestKernel kernel("    trap;\n    st.global.u32 [%out], 1;\n");
  Words out = zeros(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, zeros(32), out);
  ASSERT_EQ(kernel.findings.size(), 1u);
  EXPECT_EQ(kernel.findings[0].kind, FindingKind::trap);
  EXPECT_EQ(out, zeros(32));
}

Status try_launch(TestKernel& kernel, const LaunchConfig& config) {
  Launch launch(kernel.memory(), kernel.program(), *kernel.program().find("test"), kernel.options,
                config);
  return run_launch(launch);
}

TEST(Launch, RefusesWhatTheHardwareRefuses) {
  TestKernel kernel("    st.global.u32 [%out], 1;\n");
  LaunchConfig good;
  good.params.resize(16);
  LaunchConfig config = good;
  config.block = {1025, 1, 1};
  EXPECT_FALSE(try_launch(kernel, config));
  config = good;
  config.grid = {0, 1, 1};
  EXPECT_FALSE(try_launch(kernel, config));
  config = good;
  config.dynamic_shared_bytes = 300 * 1024;
  EXPECT_FALSE(try_launch(kernel, config));
  config = good;
  config.params.resize(8);
  EXPECT_FALSE(try_launch(kernel, config));
  config = good;
  config.cluster = {2, 1, 1};
  EXPECT_FALSE(try_launch(kernel, config));
}

constexpr const char* kFunctions = R"(
.func (.param .b32 result) factorial(.param .b32 n)
{
  .reg .pred %p;
  .reg .b32 %r<5>;
  ld.param.u32 %r1, [n];
  setp.le.u32 %p, %r1, 1;
  mov.u32 %r2, 1;
  @%p bra END;
  sub.u32 %r3, %r1, 1;
  {
    .param .b32 argument;
    .param .b32 value;
    st.param.b32 [argument], %r3;
    call.uni (value), factorial, (argument);
    ld.param.b32 %r4, [value];
  }
  mul.lo.u32 %r2, %r1, %r4;
END:
  st.param.b32 [result], %r2;
  ret;
}
.func (.param .b32 result) twice(.param .b32 n)
{
  .reg .b32 %r<3>;
  ld.param.u32 %r1, [n];
  add.u32 %r2, %r1, %r1;
  st.param.b32 [result], %r2;
  ret;
}
)";

TEST(Call, RecursionGivesEachLaneItsOwnDepth) {
  TestKernel kernel(R"(
    rem.u32 %r1, %i, 13;
    {
      .param .b32 argument;
      .param .b32 value;
      st.param.b32 [argument], %r1;
      call (value), factorial, (argument);
      ld.param.b32 %r2, [value];
    }
    st.global.u32 [%out], %r2;
  )",
                    kFunctions);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    kernel.options.schedule = seed == 0 ? Schedule::fair : Schedule::fuzzed;
    kernel.options.schedule_seed = seed;
    Words out = zeros(64);
    kernel.run({1, 1, 1}, {64, 1, 1}, zeros(64), out);
    EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
    for (std::uint32_t i = 0; i < 64; ++i) {
      std::uint32_t expected = 1;
      for (std::uint32_t k = 2; k <= i % 13; ++k)
        expected *= k;
      EXPECT_EQ(out[i], expected);
    }
  }
}

TEST(Call, LanesMayCallDifferentFunctionsThroughAPointer) {
  TestKernel kernel(R"(
    and.b32 %r1, %i, 1;
    setp.eq.u32 %p1, %r1, 0;
    mov.u64 %rd1, factorial;
    mov.u64 %rd2, twice;
    selp.b64 %rd3, %rd1, %rd2, %p1;
    and.b32 %r2, %i, 7;
    {
      .param .b32 argument;
      .param .b32 value;
      st.param.b32 [argument], %r2;
      prototype: .callprototype (.param .b32 _) _ (.param .b32 _);
      call (value), %rd3, (argument), prototype;
      ld.param.b32 %r3, [value];
    }
    st.global.u32 [%out], %r3;
  )",
                    kFunctions);
  Words out = zeros(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, zeros(32), out);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  const Words factorials{1, 1, 2, 6, 24, 120, 720, 5040};
  for (std::uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], i % 2 == 0 ? factorials[i % 8] : 2 * (i % 8));
}

TEST(Call, EndlessRecursionIsAStackOverflow) {
  TestKernel kernel("    call endless;\n    st.global.u32 [%out], 1;\n", R"(
.func endless()
{
  call endless;
  ret;
}
)");
  Words out = zeros(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, zeros(32), out);
  ASSERT_EQ(kernel.findings.size(), 1u);
  EXPECT_EQ(kernel.findings[0].kind, FindingKind::stack_overflow);
}

constexpr const char* kMaybeUnwritten = R"(
    setp.lt.u32 %p1, %i, 5;
    @%p1 mov.u32 %r1, 7;
    add.u32 %r2, %r1, 1;
    selp.u32 %r3, %r2, 3, %p1;
)";

TEST(Uninitialized, ARegisterThatSomePathLeavesUnwrittenIsReportedWhereItIsStored) {
  TestKernel kernel(std::string(kMaybeUnwritten) + "    st.global.u32 [%out], %r2;\n");
  Words out = zeros(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, zeros(32), out);
  ASSERT_EQ(kernel.findings.size(), 1u);
  EXPECT_EQ(kernel.findings[0].kind, FindingKind::uninitialized_read);
  EXPECT_EQ(kernel.findings[0].instruction, "st.global.u32");
  EXPECT_EQ(kernel.findings[0].at.thread[0], 5u);
  EXPECT_NE(kernel.findings[0].message.find("%r2"), std::string::npos);
}

TEST(Uninitialized, AValueThatASelectionDropsIsNoFinding) {
  TestKernel kernel(std::string(kMaybeUnwritten) + "    st.global.u32 [%out], %r3;\n");
  Words out = zeros(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, zeros(32), out);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  EXPECT_EQ(out[4], 8u);
  EXPECT_EQ(out[5], 3u);
}

TEST(Uninitialized, ABranchOnOneIsReported) {
  TestKernel kernel("    @%p1 bra END;\n    st.global.u32 [%out], 1;\n  END:\n");
  Words out = zeros(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, zeros(32), out);
  ASSERT_EQ(kernel.findings.size(), 1u);
  EXPECT_EQ(kernel.findings[0].instruction, "bra");
}

}  // namespace
}  // namespace assay::emulator
