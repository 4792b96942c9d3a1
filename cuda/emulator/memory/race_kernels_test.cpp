// SPDX-License-Identifier: Apache-2.0
// Races in kernels: seeded ones are found at both of their lines, correct kernels are clean.
#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

using Words = std::vector<std::uint32_t>;

struct Outcome {
  std::vector<Finding> findings;
  Words out;
  std::string texts;
};

Outcome run(const std::string& body, std::uint32_t threads = 64, std::uint32_t blocks = 1,
            const std::string& globals = "", Schedule schedule = Schedule::fair,
            std::uint64_t seed = 0) {
  TestKernel kernel(body, globals);
  kernel.options.schedule = schedule;
  kernel.options.schedule_seed = seed;
  kernel.options.threads = 2;
  const std::size_t count = std::size_t{threads} * blocks;
  Words in(count), out(count);
  for (std::size_t i = 0; i < count; ++i)
    in[i] = static_cast<std::uint32_t>(i * 3 + 1);
  kernel.run({blocks, 1, 1}, {threads, 1, 1}, in, out);
  return {kernel.findings, out, kernel.finding_texts()};
}

// What `body` must be free of in 50 orders of warps and lanes.
void expect_clean(const std::string& body, std::uint32_t threads = 64, std::uint32_t blocks = 1,
                  const std::string& globals = "") {
  const auto texts = [&](Schedule schedule, std::uint64_t seed) {
    return run(body, threads, blocks, globals, schedule, seed).texts;
  };
  EXPECT_EQ(texts(Schedule::fair, 0), "");
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    ASSERT_EQ(texts(Schedule::fuzzed, seed), "") << seed;
}

// What it must be found in, in any order.
void expect_found(const std::string& body, FindingKind kind, std::uint32_t threads = 64,
                  std::uint32_t blocks = 1, const std::string& globals = "") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Outcome outcome =
        run(body, threads, blocks, globals, seed == 0 ? Schedule::fair : Schedule::fuzzed, seed);
    bool is_found = false;
    for (const Finding& finding : outcome.findings) {
      if (finding.kind == FindingKind::uninitialized_read) continue;  // some orders read too early
      EXPECT_EQ(finding_kind_name(finding.kind), finding_kind_name(kind)) << finding.text();
      EXPECT_TRUE(finding.other) << finding.text();
      is_found = true;
    }
    EXPECT_TRUE(is_found) << seed;
  }
}

// Exchanges words between threads t and 63 - t through shared memory.
std::string exchange(const std::string& barrier) {
  return ".shared .align 4 .b8 s[256]; mov.u32 %r1, s; shl.b32 %r2, %i, 2;"
         "add.u32 %r3, %r1, %r2; sub.u32 %r4, 252, %r2; add.u32 %r4, %r1, %r4;"
         "ld.global.u32 %r5, [%in]; st.shared.u32 [%r3], %r5; bar.sync 0;"
         "add.u32 %r5, %r5, 1;\nst.shared.u32 [%r3], %r5;\n" +
         barrier + "ld.shared.u32 %r6, [%r4];\nst.global.u32 [%out], %r6;";
}

TEST(RaceKernels, AMissingBarrierIsFoundAtBothLines) {
  const Outcome outcome = run(exchange(""));
  ASSERT_EQ(outcome.findings.size(), 2u) << outcome.texts;  // a read of a write, a write of a read
  for (const Finding& finding : outcome.findings) {
    EXPECT_EQ(finding.kind, FindingKind::race);
    const bool reads = finding.instruction == "ld.shared.u32";
    ASSERT_TRUE(finding.other);
    EXPECT_EQ(finding.other->ptx_line, finding.at.ptx_line + (reads ? -1 : 1));
    EXPECT_EQ(finding.other->thread[0], 63 - finding.at.thread[0]);
    EXPECT_NE(finding.allocation.find("shared variable s"), std::string::npos);
  }
  expect_found(exchange(""), FindingKind::race);
}

TEST(RaceKernels, ABarrierMakesItClean) {
  expect_clean(exchange("bar.sync 0;"));
  const Outcome outcome = run(exchange("bar.sync 0;"));
  for (std::uint32_t i = 0; i < 64; ++i)
    EXPECT_EQ(outcome.out[i], (63 - i) * 3 + 2);
}

TEST(RaceKernels, InsideAWarpASyncIsNeededToo) {
  const std::string shuffle =
      ".shared .align 4 .b8 s[128]; mov.u32 %r1, s; shl.b32 %r2, %i, 2;"
      "add.u32 %r3, %r1, %r2; xor.b32 %r4, %r2, 4; add.u32 %r4, %r1, %r4;"
      "st.shared.u32 [%r3], 0; bar.sync 0; st.shared.u32 [%r3], %i;";
  expect_found(shuffle + "ld.shared.u32 %r6, [%r4];", FindingKind::race, 32);
  expect_clean(shuffle + "bar.warp.sync 0xffffffff; ld.shared.u32 %r6, [%r4];", 32);
}

// Lanes read their neighbours' words, side by side, then write their own. %r3: own, %r4:
// neighbour's.
TEST(RaceKernels, InsideAWarpReadsMustEndBeforeWrites) {
  const std::string words =
      ".shared .align 4 .b8 s[256]; mov.u32 %r1, s; shl.b32 %r2, %i, 2;"
      "add.u32 %r3, %r1, %r2; st.shared.u32 [%r3], 0;"
      "st.shared.u32 [%r3+128], 0; add.u32 %r4, %r3, 4; bar.sync 0;";
  const std::string neighbour = "ld.shared.u32 %r5, [%r4];", own = "ld.shared.u32 %r6, [%r3];";
  const std::string write = "st.shared.u32 [%r3], %i;", sync = "bar.warp.sync 0xffffffff;";
  expect_found(words + neighbour + write, FindingKind::race, 32);
  expect_found(words + neighbour + own + write, FindingKind::race, 32);
  expect_clean(words + neighbour + own + sync + write, 32);
  expect_clean(words + own + write, 32);
}

TEST(RaceKernels, ALaneWritesWhatTheWholeWarpReads) {
  const std::string write =
      ".shared .align 4 .u32 s; setp.eq.u32 %p1, %i, {0};"
      "@%p1 st.shared.u32 [s], 0; bar.sync 0; @%p1 st.shared.u32 [s], 1;";
  for (const char* const lane : {"0", "31"}) {
    std::string body = write;
    body.replace(body.find("{0}"), 3, lane);
    expect_found(body + "ld.shared.u32 %r1, [s];", FindingKind::race, 32);
    expect_clean(body + "bar.warp.sync 0xffffffff; ld.shared.u32 %r1, [s];", 32);
  }
}

TEST(RaceKernels, ABufferIsReusedTooEarly) {
  const auto loop = [](const std::string& second) {
    return ".shared .align 4 .b8 s[256]; mov.u32 %r1, s; shl.b32 %r2, %i, 2;"
           "add.u32 %r3, %r1, %r2; sub.u32 %r4, 252, %r2; add.u32 %r4, %r1, %r4; mov.u32 %r7, 0;"
           "mov.u32 %r8, 0; again: add.u32 %r9, %r7, %i; st.shared.u32 [%r3], %r9; bar.sync 0;"
           "ld.shared.u32 %r6, [%r4]; add.u32 %r8, %r8, %r6;" +
           second +
           "add.u32 %r7, %r7, 1; setp.lt.u32 %p1, %r7, 5; @%p1 bra again;"
           "st.global.u32 [%out], %r8;";
  };
  expect_found(loop(""), FindingKind::race);
  expect_clean(loop("bar.sync 0;"));
}

TEST(RaceKernels, TwoLanesOfOneStore) {
  const std::string store =
      ".shared .align 4 .b8 s[64]; mov.u32 %r1, s; shr.u32 %r2, %i, 1;"
      "shl.b32 %r2, %r2, 2; add.u32 %r1, %r1, %r2;";
  expect_found(store + "st.shared.u32 [%r1], %i;", FindingKind::race, 32);
  expect_clean(store + "shr.u32 %r3, %i, 1; st.shared.u32 [%r1], %r3;", 32);
}

TEST(RaceKernels, SharedAtomicsAgainstPlainAccesses) {
  const auto histogram = [](const std::string& before, const std::string& after) {
    return ".shared .align 4 .b8 s[4]; setp.eq.u32 %p1, %i, 0; @%p1 st.shared.u32 [s], 0;" +
           before + "atom.shared.add.u32 %r1, [s], 1;" + after +
           "ld.shared.u32 %r2, [s]; st.global.u32 [%out], %r2;";
  };
  expect_found(histogram("", "bar.sync 0;"), FindingKind::race);
  expect_found(histogram("bar.sync 0;", ""), FindingKind::race);
  expect_clean(histogram("bar.sync 0;", "bar.sync 0;"));
}

// while (atomicCAS(&lock, 0, 1)); fence; count += 1; fence; atomicExch(&lock, 0), one thread a
// warp.
std::string locked(const std::string& fence, const std::string& space) {
  return "and.b32 %r9, %i, 31; setp.ne.u32 %p3, %r9, 0; @%p3 bra done;"
         "spin: atom." +
         space +
         ".cas.b32 %r1, [lock], 0, 1; setp.ne.u32 %p1, %r1, 0;"
         "@%p1 bra spin;" +
         fence + "ld." + space +
         ".u32 %r2, [count]; add.u32 %r2, %r2, 1;"
         "st." +
         space + ".u32 [count], %r2;" + fence + "atom." + space + ".exch.b32 %r1, [lock], 0; done:";
}

TEST(RaceKernels, ASpinlockNeedsItsFences) {
  const std::string variables =
      ".shared .align 4 .u32 lock; .shared .align 4 .u32 count;"
      "setp.eq.u32 %p2, %i, 0; @%p2 st.shared.u32 [lock], 0;"
      "@%p2 st.shared.u32 [count], 0; bar.sync 0;";
  expect_clean(variables + locked("membar.cta;", "shared"), 128);
  expect_found(variables + locked("", "shared"), FindingKind::lost_update, 128);
}

TEST(RaceKernels, AGlobalSpinlockAcrossBlocksIsClean) {
  expect_clean(locked("membar.gl;", "global"), 64, 3,
               ".global .align 4 .u32 lock; .global .align 4 .u32 count;");
}

TEST(RaceKernels, AFlagWithReleaseAndAcquire) {
  const auto flag = [](const std::string& store, const std::string& load) {
    return ".shared .align 4 .u32 flag; .shared .align 4 .u32 data; setp.eq.u32 %p1, %i, 0;"
           "@%p1 st.shared.u32 [flag], 0; bar.sync 0; setp.lt.u32 %p2, %i, 32; @%p2 bra write;"
           "spin: " +
           load +
           " %r1, [flag]; setp.eq.u32 %p3, %r1, 0; @%p3 bra spin;"
           "ld.shared.u32 %r2, [data]; st.global.u32 [%out], %r2; bra done;"
           "write: @%p1 st.shared.u32 [data], 7; @%p1 " +
           store + " [flag], 1; done:";
  };
  expect_clean(flag("st.release.cta.shared.u32", "ld.acquire.cta.shared.u32"));
  expect_found(flag("st.relaxed.cta.shared.u32", "ld.relaxed.cta.shared.u32"), FindingKind::race);
  expect_found(flag("st.volatile.shared.u32", "ld.volatile.shared.u32"), FindingKind::race);
}

TEST(RaceKernels, ACounterWithoutAtomicsLosesUpdates) {
  const std::string count =
      "ld.global.u32 %r1, [%out0]; add.u32 %r1, %r1, 1;"
      "st.global.u32 [%out0], %r1;";
  expect_found(count, FindingKind::lost_update, 64);    // warps of a block
  expect_found(count, FindingKind::lost_update, 32);    // lanes of a warp, in lockstep
  expect_found(count, FindingKind::lost_update, 1, 8);  // blocks
  expect_clean("atom.global.add.u32 %r1, [%out0], 1;", 64, 4);
  expect_clean("ld.global.u32 %r1, [%out]; add.u32 %r1, %r1, 1; st.global.u32 [%out], %r1;", 64, 4);
}

TEST(RaceKernels, BlocksThatReadEachOthersResults) {
  const std::string halo =
      "ld.global.u32 %r1, [%in]; add.u32 %r2, %i, 64; rem.u32 %r2, %r2, 256;"
      "mul.wide.u32 %rd1, %r2, 4; add.u64 %rd1, %in0, %rd1;"
      "ld.global.u32 %r3, [%rd1]; add.u32 %r3, %r3, %r1;";
  expect_found(halo + "st.global.u32 [%in], %r3;", FindingKind::race, 64, 4);
  expect_clean(halo + "st.global.u32 [%out], %r3;", 64, 4);
}

// A block that reads before it writes must not hide that another one has read, too.
TEST(RaceKernels, ABlockThatWritesWhatAllHaveRead) {
  const std::string body =
      "ld.global.u32 %r1, [%in0]; mov.u32 %r2, %ctaid.x;"
      "setp.eq.u32 %p1, %r2, 3; @%p1 st.global.u32 [%in0], 7;";
  expect_found(body, FindingKind::race, 1, 4);
}

TEST(RaceKernels, BlocksThatWriteTheSamePlace) {
  const std::string place =
      "and.b32 %r1, %i, 63; mul.wide.u32 %rd1, %r1, 4;"
      "add.u64 %rd1, %out0, %rd1;";
  expect_found(place + "st.global.u32 [%rd1], %i;", FindingKind::race, 64, 4);
  expect_clean(place +
                   "st.global.u32 [%rd1], %r1; ld.global.u32 %r2, [%rd1];"
                   "st.global.u32 [%rd1], %r1;",
               64, 4);
}

// Two blocks on two host threads at one moment, in memory whose pages nobody has touched (a first
// touch takes long): how many launches of 500 have a finding. %rd1 is the thread's place, the same
// in both blocks.
int found_side_by_side(const std::string& body, std::uint32_t threads) {
  TestKernel kernel(
      "mov.u32 %r1, %ctaid.x; setp.eq.u32 %p1, %r1, 0; mov.u32 %r2, %tid.x;"
      "mul.wide.u32 %rd1, %r2, 4; add.u64 %rd1, %out0, %rd1;" +
      body);
  kernel.options.threads = 2;
  int found = 0;
  for (int round = 0; round < 500; ++round) {
    const std::uint64_t place = kernel.upload(Words(16384));
    kernel.launch({2, 1, 1}, {threads, 1, 1}, {place, place});
    found += kernel.findings.empty() ? 0 : 1;
  }
  return found;
}

// Whoever comes second sees the first. Single lanes, whole warps and copies have ways of their own.
TEST(RaceKernels, BlocksSideBySideDoNotMissEachOther) {
  const std::string weak = "st.global.u32 [%rd1], %i;";
  EXPECT_EQ(found_side_by_side(weak, 1), 500);
  EXPECT_EQ(found_side_by_side(weak, 32), 500);
  const std::string copied =
      ".shared .align 16 .b8 s[16]; mov.u32 %r3, s; st.shared.v4.u32 [%r3], {%i, %i, %i, %i};"
      "cp.async.bulk.global.shared::cta.bulk_group [%out0], [%r3], 16;"
      "cp.async.bulk.commit_group; cp.async.bulk.wait_group 0;";
  EXPECT_EQ(found_side_by_side(copied, 1), 500);
  EXPECT_EQ(found_side_by_side("@%p1 ld.global.u32 %r3, [%rd1]; @!%p1 " + weak, 32), 500);
}

// Nobody sees the mark of a store without its value: the two would seem to differ.
TEST(RaceKernels, BlocksSideBySideMayWriteTheSame) {
  const std::string write = "st.global.u32 [%rd1], %r2;";
  EXPECT_EQ(found_side_by_side(write, 1), 0);
  EXPECT_EQ(found_side_by_side(write, 32), 0);
  EXPECT_EQ(found_side_by_side(write + "ld.global.u32 %r3, [%rd1];" + write, 64), 0);
  EXPECT_EQ(found_side_by_side("st.global.u16 [%rd1+2], 7;", 32), 0);
}

TEST(RaceKernels, BytesOfOneWordFromDifferentBlocks) {
  expect_clean(
      "cvt.u64.u32 %rd1, %i; add.u64 %rd1, %out0, %rd1; ld.global.u8 %r1, [%rd1];"
      "add.u32 %r1, %r1, 1; st.global.u8 [%rd1], %r1;",
      1, 16);
}

TEST(RaceKernels, AGridStrideLoopIsClean) {
  expect_clean(
      "mov.u32 %r1, %i; loop: mul.wide.u32 %rd1, %r1, 2; add.u64 %rd2, %in0, %rd1;"
      "add.u64 %rd3, %out0, %rd1; ld.global.u16 %r2, [%rd2]; ld.global.u16 %r3, [%rd3];"
      "add.u32 %r2, %r2, %r3; st.global.u16 [%rd3], %r2; add.u32 %r1, %r1, 64;"
      "setp.lt.u32 %p1, %r1, 128; @%p1 bra loop;",
      16, 4);
}

// Each block leaves a sum; the one that counts to the last adds them up.
TEST(RaceKernels, ALastBlockReductionIsClean) {
  const std::string globals = ".global .align 4 .u32 count; .global .align 4 .b8 sums[64];";
  const std::string body =
      ".shared .align 4 .u32 last; mov.u32 %r1, %ctaid.x; mov.u32 %r2, %tid.x;"
      "setp.ne.u32 %p1, %r2, 0; @%p1 bra wait; mul.wide.u32 %rd1, %r1, 4; mov.u64 %rd2, sums;"
      "add.u64 %rd2, %rd2, %rd1; st.global.u32 [%rd2], %r1; membar.gl;"
      "atom.global.inc.u32 %r3, [count], 7; setp.eq.u32 %p2, %r3, 7; selp.u32 %r4, 1, 0, %p2;"
      "st.shared.u32 [last], %r4; wait: bar.sync 0; ld.shared.u32 %r5, [last];"
      "setp.eq.u32 %p3, %r5, 0; @%p3 bra done; membar.gl; setp.gt.u32 %p4, %r2, 7;"
      "@%p4 bra done; mul.wide.u32 %rd3, %r2, 4; mov.u64 %rd4, sums; add.u64 %rd4, %rd4, %rd3;"
      "ld.global.u32 %r6, [%rd4]; add.u64 %rd5, %out0, %rd3; st.global.u32 [%rd5], %r6; done:";
  expect_clean(body, 64, 8, globals);
  const Outcome outcome = run(body, 64, 8, globals);
  for (std::uint32_t i = 0; i < 8; ++i)
    EXPECT_EQ(outcome.out[i], i);
}

TEST(RaceKernels, LaunchesFollowEachOther) {
  TestKernel kernel(
      "ld.global.u32 %r1, [%in0]; mov.u32 %r2, %ctaid.x; setp.ne.u32 %p1, %i, 0;"
      "@!%p1 st.global.u32 [%out0], %i;");
  const std::uint64_t a = kernel.upload(Words(1)), b = kernel.upload(Words(1));
  for (int round = 0; round < 10; ++round) {
    kernel.launch({3, 1, 1}, {32, 1, 1}, {a, b});
    EXPECT_EQ(kernel.finding_texts(), "");
    kernel.launch({3, 1, 1}, {32, 1, 1}, {b, a});
    EXPECT_EQ(kernel.finding_texts(), "");
  }
}

TEST(RaceKernels, NonCoherentLoadsAreNotWatched) {
  expect_clean(
      "ld.global.nc.u32 %r1, [%in0]; setp.eq.u32 %p1, %i, 0;"
      "@%p1 st.global.u32 [%in0], 5;",
      64, 2);
}

}  // namespace
}  // namespace assay::emulator
