// SPDX-License-Identifier: Apache-2.0
// atom and red in kernels: PTX ISA, "Parallel Synchronization and Communication Instructions:
// atom", "... red". What they do to an element is checked in atomic_operations_test.cpp.
#include <bit>
#include <numeric>
#include <set>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

using Words = std::vector<std::uint32_t>;

struct Outcome {
  Words memory, old;
};

// All threads run the body, with the shared words at %rd1 and each thread's result in %r2.
Outcome run(const std::string& body, Words memory, std::uint32_t threads = 32,
            const std::string& target = "sm_110a", std::uint64_t seed = 0) {
  TestKernel kernel(
      "mov.u64 %rd1, %in0;\nmov.u32 %r2, 0;\n" + body + "\nst.global.u32 [%out], %r2;\n", "",
      target);
  kernel.options.schedule = seed == 0 ? Schedule::fair : Schedule::fuzzed;
  kernel.options.schedule_seed = seed;
  const std::uint64_t in = kernel.upload(memory);
  Words old(threads);
  const std::uint64_t out = kernel.upload(old);
  kernel.launch({1, 1, 1}, {threads, 1, 1}, {in, out});
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  EXPECT_TRUE(kernel.memory().read(in, memory.data(), memory.size() * 4));
  EXPECT_TRUE(kernel.memory().read(out, old.data(), old.size() * 4));
  return {memory, old};
}

TEST(Atomics, ReturnWhatWasThereLaneAfterLane) {
  const Outcome outcome = run("atom.global.add.u32 %r2, [%rd1], 3;", {10});
  EXPECT_EQ(outcome.memory[0], 10u + 96);
  for (std::uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(outcome.old[lane], 10 + 3 * lane);
}

TEST(Atomics, OfSeveralWarpsLoseNothing) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Outcome outcome = run("atom.add.u32 %r2, [%rd1], 1;", {0}, 256, "sm_110a", seed);
    EXPECT_EQ(outcome.memory[0], 256u);
    EXPECT_EQ(std::set<std::uint32_t>(outcome.old.begin(), outcome.old.end()).size(), 256u);
  }
}

TEST(Atomics, TakeLanesInAnotherOrderWhereTheScheduleIsFuzzed) {
  std::set<Words> orders;
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    orders.insert(run("atom.global.add.u32 %r2, [%rd1], 1;", {0}, 32, "sm_110a", seed).old);
  EXPECT_EQ(orders.size(), 4u);
}

TEST(Atomics, OfSkippedLanesDoNothing) {
  const Outcome outcome = run(R"(and.b32 %r3, %i, 3;
    setp.eq.u32 %p1, %r3, 0;
    @%p1 red.global.add.u32 [%rd1], 1;)",
                              {0});
  EXPECT_EQ(outcome.memory[0], 8u);
}

TEST(Atomics, ReachSharedMemoryByEitherAddress) {
  TestKernel kernel(R"(mov.u32 %r1, cell;
    setp.eq.u32 %p1, %i, 0;
    @%p1 st.shared.u32 [%r1], 5;
    bar.sync 0;
    atom.shared.add.u32 %r2, [cell], 2;
    cvt.u64.u32 %rd2, %r1;
    cvta.shared.u64 %rd2, %rd2;
    red.add.u32 [%rd2], 1;
    atom.shared::cta.max.u32 %r5, [%r1], 1000;
    bar.sync 0;
    ld.shared.u32 %r3, [cell];
    add.u32 %r2, %r2, %r3;
    st.global.u32 [%out], %r2;)",
                    ".shared .align 4 .u32 cell;");
  Words in(32), out(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, in, out);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  for (std::uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(out[lane], 1000 + 5 + 2 * lane);
}

TEST(Atomics, CompareAndSwapTakesOneLane) {
  const Outcome outcome = run("atom.global.cas.b32 %r2, [%rd1], 7, %i;", {7});
  EXPECT_EQ(outcome.memory[0], 0u);  // lane 0 was first, and 0 is not 7
  EXPECT_EQ(outcome.old[0], 7u);
  EXPECT_EQ(outcome.old[1], 0u);
}

TEST(Atomics, ReachHalvesAndWideWords) {
  const Outcome halves = run(R"(setp.eq.u32 %p1, %i, 0;
    mov.b16 %h1, 0x3C00;
    mov.b16 %h2, 0x1234;
    mov.b16 %h3, 0x5678;
    atom.global.add.noftz.f16 %h4, [%rd1], %h1;
    @%p1 atom.global.cas.b16 %h5, [%rd1+2], %h2, %h3;
    cvt.u32.u16 %r2, %h4;)",
                             {0x12340000});
  EXPECT_EQ(halves.memory[0], 0x56780000u + 0x5000);  // 32 times 1.0
  EXPECT_EQ(halves.old[3], 0x4200u);                  // 3.0
  const Outcome wide = run(R"(cvt.u64.u32 %rd2, %i;
    atom.global.add.u64 %rd3, [%rd1], %rd2;
    atom.global.max.s64 %rd4, [%rd1+8], %rd2;
    mov.b64 %rd5, 0;
    atom.or.b64 %rd6, [%rd1+16], 0x100000000;
    cvt.u32.u64 %r2, %rd4;)",
                           {0xFFFFFFFF, 0, 0xFFFFFFFF, 0xFFFFFFFF, 1, 0});
  EXPECT_EQ(wide.memory, (Words{0xFFFFFFFF + 496u, 1, 31, 0, 1, 1}));
  EXPECT_EQ(wide.old[5], 4u);
}

TEST(Atomics, ReachHundredAndTwentyEightBits) {
  const Outcome outcome = run(R"(.reg .b128 %q<4>;
    cvt.u64.u32 %rd2, %i;
    mov.b64 %rd3, 9;
    mov.b128 %q1, {%rd2, %rd3};
    setp.eq.u32 %p1, %i, 31;
    atom.global.exch.b128 %q2, [%rd1], %q1;
    @%p1 atom.global.cas.b128 %q3, [%rd1], %q1, %q2;
    mov.b128 {%rd4, %rd5}, %q2;
    cvt.u32.u64 %r2, %rd4;)",
                              {5, 6, 7, 8}, 32, "sm_100a");
  EXPECT_EQ(outcome.old[0], 5u);
  EXPECT_EQ(outcome.old[20], 19u);
  EXPECT_EQ(outcome.memory, (Words{30, 0, 9, 0}));
}

TEST(Atomics, OfVectorsTakeEachElementByItself) {
  const Outcome floats = run(R"(cvt.rn.f32.u32 %f1, %i;
    mov.f32 %f2, 0f3F800000;
    atom.global.v2.f32.add {%f3, %f4}, [%rd1], {%f1, %f2};
    red.global.add.v4.f32 [%rd1+16], {%f2, %f2, %f1, %f2};
    mov.b32 %r2, %f4;)",
                             Words(8, 0));
  EXPECT_EQ(floats.memory[0], std::bit_cast<std::uint32_t>(496.0f));
  EXPECT_EQ(floats.memory[1], std::bit_cast<std::uint32_t>(32.0f));
  EXPECT_EQ(floats.memory[6], std::bit_cast<std::uint32_t>(496.0f));
  EXPECT_EQ(floats.memory[7], std::bit_cast<std::uint32_t>(32.0f));
  EXPECT_EQ(floats.old[10], std::bit_cast<std::uint32_t>(10.0f));
  const Outcome halves = run(R"(cvt.rn.f16.u32 %h1, %i;
    mov.b16 %h2, 0x3C00;
    atom.global.v4.f16.max.noftz {%h3, %h4, %h5, %h6}, [%rd1], {%h1, %h2, %h2, %h1};
    mov.b32 %r3, {%h2, %h1};
    red.global.v2.f16x2.min.noftz [%rd1+8], {%r3, %r3};
    cvt.u32.u16 %r2, %h6;)",
                             {0, 0, 0x40004000, 0x40004000});
  EXPECT_EQ(halves.memory, (Words{0x3C004FC0, 0x4FC03C00, 0x00003C00, 0x00003C00}));
  EXPECT_EQ(halves.old[2], 0x3C00u);
}

// Float sums are made in lane order.
TEST(Atomics, AddFloatsInTheOrderOfTheLanes) {
  float expected = 0;
  for (int lane = 0; lane < 32; ++lane)
    expected += 1.0f / static_cast<float>(lane + 1);
  const Outcome outcome = run(R"(add.u32 %r1, %i, 1;
    cvt.rn.f32.u32 %f1, %r1;
    rcp.rn.f32 %f1, %f1;
    red.global.add.f32 [%rd1], %f1;)",
                              {0});
  EXPECT_EQ(outcome.memory[0], std::bit_cast<std::uint32_t>(expected));
}

TEST(Atomics, OutsideOfAllocationsAreFindings) {
  TestKernel kernel("red.global.add.u32 [%in0+128], 1;");
  Words in(32), out(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, in, out);
  ASSERT_EQ(kernel.findings.size(), 1u);
  EXPECT_EQ(kernel.findings[0].kind, FindingKind::out_of_bounds);
  TestKernel misaligned("red.global.add.u64 [%in0+4], 1;");
  misaligned.run({1, 1, 1}, {32, 1, 1}, in, out);
  ASSERT_EQ(misaligned.findings.size(), 1u);
  EXPECT_EQ(misaligned.findings[0].kind, FindingKind::misaligned);
}

TEST(Atomics, AreNoRaceButPlainAccessesToTheSameWordAre) {
  const auto kinds = [](const std::string& other) {
    TestKernel kernel(
        R"(setp.lt.u32 %p1, %i, 32;
        @%p1 red.shared.add.u32 [cell], 1;
        @!%p1 )" +
            other + R"(
        st.global.u32 [%out], %i;)",
        ".shared .align 4 .u32 cell;");
    Words in(64), out(64);
    kernel.run({1, 1, 1}, {64, 1, 1}, in, out);
    std::set<FindingKind> found;
    for (const Finding& finding : kernel.findings)
      found.insert(finding.kind);
    return found;
  };
  EXPECT_FALSE(kinds("red.shared.add.u32 [cell], 1;").contains(FindingKind::race));
  EXPECT_TRUE(kinds("st.shared.u32 [cell], 1;").contains(FindingKind::race));
}

}  // namespace
}  // namespace assay::emulator
