// SPDX-License-Identifier: Apache-2.0
// mbarriers and barrier.cluster in kernels: PTX ISA, "Parallel Synchronization and Communication
// Instructions: mbarrier", "... barrier.cluster".
#include <numeric>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

using Words = std::vector<std::uint32_t>;

constexpr const char* kShared =
    ".shared .align 16 .b8 stage[2048];\n.shared .align 8 .b64 full[2];\n"
    ".shared .align 8 .b64 empty[2];\n.shared .align 8 .b64 barrier;";

struct Outcome {
  Words out;
  std::vector<Finding> findings;
  std::string texts;
};

Outcome run(TestKernel& kernel, std::uint32_t threads, std::size_t words) {
  Words in(words), out(words, 0xEEEEEEEE);
  std::iota(in.begin(), in.end(), 3);
  kernel.run({1, 1, 1}, {threads, 1, 1}, in, out);
  return {out, kernel.findings, kernel.finding_texts()};
}

// Warp 0 brings 8 tiles of 128 bytes through two stages; warp 1 adds 1 and stores them.
const std::string kPipeline = R"(
    setp.ne.u32 %p1, %i, 0;
    @%p1 bra READY;
    mbarrier.init.shared.b64 [full], 1;
    mbarrier.init.shared.b64 [full+8], 1;
    mbarrier.init.shared.b64 [empty], 32;
    mbarrier.init.shared.b64 [empty+8], 32;
    READY:
    bar.sync 0;
    mov.u32 %r1, 0;                  // tile
    mov.u32 %r20, stage;
    mov.u32 %r21, full;
    mov.u32 %r22, empty;
    setp.ge.u32 %p2, %i, 32;
    @%p2 bra CONSUMER;
    setp.ne.u32 %p1, %i, 0;
    @%p1 bra END;
    PRODUCER:
    and.b32 %r2, %r1, 1;             // stage
    shr.u32 %r3, %r1, 1;
    xor.b32 %r3, %r3, 1;
    and.b32 %r3, %r3, 1;             // parity of the phase before
    shl.b32 %r4, %r2, 3;
    add.u32 %r5, %r22, %r4;
    WAIT_EMPTY: mbarrier.try_wait.parity.shared.b64 %p3, [%r5], %r3;
    @!%p3 bra WAIT_EMPTY;
    add.u32 %r6, %r21, %r4;
    shl.b32 %r7, %r2, 7;
    add.u32 %r7, %r20, %r7;
    mul.wide.u32 %rd1, %r1, 128;
    add.u64 %rd1, %in0, %rd1;
    mbarrier.arrive.expect_tx.shared.b64 _, [%r6], 128;
    cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r7], [%rd1], 128, [%r6];
    add.u32 %r1, %r1, 1;
    setp.lt.u32 %p4, %r1, 8;
    @%p4 bra PRODUCER;
    bra END;
    CONSUMER:
    and.b32 %r2, %r1, 1;
    shr.u32 %r3, %r1, 1;
    and.b32 %r3, %r3, 1;
    shl.b32 %r4, %r2, 3;
    add.u32 %r6, %r21, %r4;
    WAIT_FULL: mbarrier.try_wait.parity.shared.b64 %p3, [%r6], %r3;
    @!%p3 bra WAIT_FULL;
    sub.u32 %r8, %i, 32;
    shl.b32 %r8, %r8, 2;
    shl.b32 %r7, %r2, 7;
    add.u32 %r7, %r20, %r7;
    add.u32 %r7, %r7, %r8;
    ld.shared.u32 %r9, [%r7];
    add.u32 %r9, %r9, 1;
    add.u32 %r5, %r22, %r4;
    mbarrier.arrive.shared.b64 _, [%r5];
    mul.wide.u32 %rd1, %r1, 128;
    add.u64 %rd1, %out0, %rd1;
    cvt.u64.u32 %rd2, %r8;
    add.u64 %rd1, %rd1, %rd2;
    st.global.u32 [%rd1], %r9;
    add.u32 %r1, %r1, 1;
    setp.lt.u32 %p4, %r1, 8;
    @%p4 bra CONSUMER;
    END:
)";

TEST(MbarrierKernel, PipelinesAProducerAndAConsumer) {
  TestKernel kernel(kPipeline, kShared);
  for (const AsyncPolicy async : {AsyncPolicy::eager, AsyncPolicy::lazy, AsyncPolicy::random})
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      kernel.options.async = async;
      kernel.options.async_seed = seed;
      kernel.options.schedule = seed == 0 ? Schedule::fair : Schedule::fuzzed;
      kernel.options.schedule_seed = seed;
      const Outcome outcome = run(kernel, 64, 256);
      ASSERT_TRUE(outcome.findings.empty()) << outcome.texts;
      for (std::uint32_t i = 0; i < 256; ++i)
        ASSERT_EQ(outcome.out[i], i + 4) << seed;
    }
}

// Without the wait for an empty stage, the next tile lands on what the consumer still reads.
TEST(MbarrierKernel, APipelineThatDoesNotWaitForEmptyStagesIsFound) {
  std::string body = kPipeline;
  const std::string wait = "@!%p3 bra WAIT_EMPTY;";
  body.erase(body.find(wait), wait.size());
  TestKernel kernel(body, kShared);
  for (const AsyncPolicy async : {AsyncPolicy::eager, AsyncPolicy::lazy}) {
    kernel.options.async = async;
    EXPECT_FALSE(run(kernel, 64, 256).findings.empty());
  }
}

Outcome one_warp(const std::string& body) {
  TestKernel kernel(
      "setp.eq.u32 %p1, %i, 0;\nmov.u32 %r2, 0;\n" + body + "\nst.global.u32 [%out], %r2;",
      kShared);
  return run(kernel, 32, 32);
}

TEST(MbarrierKernel, ReturnsStatesThatTellPhases) {
  const Outcome outcome = one_warp(R"(
    @%p1 mbarrier.init.shared::cta.b64 [barrier], 32;
    bar.sync 0;
    mbarrier.arrive.shared.b64 %rd1, [barrier];
    mbarrier.test_wait.shared.b64 %p2, [barrier], %rd1;
    mbarrier.arrive.noComplete.shared.b64 %rd2, [barrier], 1;
    mbarrier.pending_count.b64 %r3, %rd2;
    mbarrier.test_wait.shared.b64 %p3, [barrier], %rd2;
    selp.u32 %r2, 100, 0, %p2;
    selp.u32 %r4, 1000, 0, %p3;
    add.u32 %r2, %r2, %r4;
    add.u32 %r2, %r2, %r3;)");
  // The 32nd lane's arrival would complete phase 1.
  ASSERT_EQ(outcome.findings.size(), 1u) << outcome.texts;
  EXPECT_EQ(outcome.findings[0].kind, FindingKind::invalid_mbarrier);
  EXPECT_EQ(outcome.findings[0].at.thread[0], 31u);
  const Outcome fine = one_warp(R"(
    @%p1 mbarrier.init.shared.b64 [barrier], 33;
    bar.sync 0;
    mbarrier.arrive.noComplete.release.cta.shared.b64 %rd2, [barrier], 1;
    mbarrier.pending_count.b64 %r3, %rd2;
    @%p1 mbarrier.arrive.release.cta.shared.b64 %rd3, [barrier], 1;
    mbarrier.test_wait.acquire.cta.shared.b64 %p3, [barrier], %rd2;
    selp.u32 %r2, 1000, 0, %p3;
    add.u32 %r2, %r2, %r3;)");
  EXPECT_TRUE(fine.findings.empty()) << fine.texts;
  for (std::uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(fine.out[lane], 1000 + 33 - lane);
}

TEST(MbarrierKernel, ExpectsFewerThreadsAfterADrop) {
  const Outcome outcome = one_warp(R"(
    @%p1 mbarrier.init.shared.b64 [barrier], 32;
    bar.sync 0;
    setp.lt.u32 %p2, %i, 16;
    @%p2 mbarrier.arrive_drop.shared.b64 %rd1, [barrier];
    @!%p2 mbarrier.arrive.shared.b64 %rd1, [barrier];
    mbarrier.try_wait.parity.shared.b64 %p3, [barrier], 0;
    @!%p2 mbarrier.arrive.shared.b64 %rd1, [barrier];
    mbarrier.try_wait.parity.shared.b64 %p4, [barrier], 1;
    selp.u32 %r2, 1, 0, %p3;
    @%p4 add.u32 %r2, %r2, 2;)");
  EXPECT_TRUE(outcome.findings.empty()) << outcome.texts;
  EXPECT_EQ(outcome.out, Words(32, 3));
}

TEST(MbarrierKernel, CountsTransactionsByInstruction) {
  const Outcome outcome = one_warp(R"(
    @%p1 mbarrier.init.shared.b64 [barrier], 1;
    @%p1 mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [barrier], 64;
    @%p1 mbarrier.arrive.shared.b64 %rd1, [barrier];
    mbarrier.test_wait.parity.shared.b64 %p2, [barrier], 0;
    mov.u32 %r5, 64;
    @%p1 mbarrier.complete_tx.relaxed.cluster.shared::cluster.b64 [barrier], %r5;
    mbarrier.test_wait.parity.relaxed.cta.shared.b64 %p3, [barrier], 0;
    selp.u32 %r2, 1, 0, %p2;
    @%p3 add.u32 %r2, %r2, 2;)");
  EXPECT_TRUE(outcome.findings.empty()) << outcome.texts;
  EXPECT_EQ(outcome.out, Words(32, 2));
}

TEST(MbarrierKernel, TakesGenericAddressesAndMayBeMadeAnewAfterInval) {
  const Outcome outcome = one_warp(R"(
    mov.u32 %r5, barrier;
    cvt.u64.u32 %rd5, %r5;
    cvta.shared.u64 %rd5, %rd5;
    @!%p1 bra SKIP;
    mbarrier.init.b64 [%rd5], 2;
    mbarrier.inval.b64 [%rd5];
    st.u64 [%rd5], 5;
    mbarrier.init.b64 [%rd5], 1;
    mbarrier.arrive.b64 %rd6, [%rd5];
    mbarrier.test_wait.b64 %p2, [%rd5], %rd6;
    selp.u32 %r2, 1, 0, %p2;
    SKIP:)");
  EXPECT_TRUE(outcome.findings.empty()) << outcome.texts;
  EXPECT_EQ(outcome.out[0], 1u);
}

void expect_misuse(const std::string& body, std::string_view part,
                   FindingKind kind = FindingKind::invalid_mbarrier) {
  const Outcome outcome = one_warp("@!%p1 bra SKIP;\n" + body + "\nSKIP:");
  ASSERT_EQ(outcome.findings.size(), 1u) << body << outcome.texts;
  EXPECT_EQ(outcome.findings[0].kind, kind);
  EXPECT_NE(outcome.findings[0].message.find(part), std::string::npos) << outcome.texts;
}

TEST(MbarrierKernel, FindsMisuse) {
  const std::string init = "mbarrier.init.shared.b64 [barrier], 1;\n";
  expect_misuse(init + init, "already: mbarrier.inval comes first");
  expect_misuse("mov.u32 %r5, 0;\nmbarrier.init.shared.b64 [barrier], %r5;", "a count of 0");
  expect_misuse("mov.u32 %r5, 1048576;\nmbarrier.init.shared.b64 [barrier], %r5;",
                "a count of 1048576");
  expect_misuse("mbarrier.arrive.shared.b64 _, [barrier];", "no valid mbarrier");
  expect_misuse("mbarrier.test_wait.parity.shared.b64 %p2, [barrier], 0;", "no valid mbarrier");
  expect_misuse(init + "mbarrier.inval.shared.b64 [barrier];\nmbarrier.inval.shared.b64 [barrier];",
                "no valid mbarrier");
  expect_misuse(init + "mbarrier.arrive.shared.b64 _, [barrier], 2;", "arrives 2 times");
  expect_misuse(init +
                    "mbarrier.arrive.shared.b64 _, [barrier];\n"
                    "mbarrier.arrive.shared.b64 _, [barrier];",
                "no thread has seen phase 0");
  expect_misuse(init + "st.shared.u32 [barrier], 1;", "mbarrier");
  expect_misuse(init + "ld.shared.u32 %r2, [barrier+4];", "mbarrier");
  expect_misuse("mbarrier.init.shared.b64 [full+4], 1;", "", FindingKind::misaligned);
  expect_misuse("mbarrier.init.b64 [%in0], 1;", "", FindingKind::invalid_address);
}

TEST(MbarrierKernel, ThatNobodyCompletesIsADeadlock) {
  TestKernel kernel(R"(setp.eq.u32 %p1, %i, 0;
    @%p1 mbarrier.init.shared.b64 [barrier], 65;
    bar.sync 0;
    mbarrier.arrive.shared.b64 _, [barrier];
    WAIT: mbarrier.try_wait.parity.shared.b64 %p2, [barrier], 0;
    @!%p2 bra WAIT;)",
                    kShared);
  const Outcome outcome = run(kernel, 64, 64);
  ASSERT_EQ(outcome.findings.size(), 1u) << outcome.texts;
  const Finding& finding = outcome.findings[0];
  EXPECT_EQ(finding.kind, FindingKind::deadlock);
  EXPECT_EQ(finding.instruction, "mbarrier.try_wait.parity.shared.b64");
  EXPECT_EQ(finding.message,
            "waits for phase 0 of an mbarrier, which lacks 1 of 65 arrivals and 0 bytes; the whole "
            "grid only polls");
}

// The wait is named, not the branch that the loop ends with, nor what it does between.
TEST(MbarrierKernel, ThatAFewLanesPollBetweenOtherWorkIsADeadlockOfThese) {
  TestKernel kernel(R"(setp.eq.u32 %p1, %i, 0;
    @%p1 mbarrier.init.shared.b64 [barrier], 1;
    bar.sync 0;
    setp.lt.u32 %p3, %i, 37;
    @%p3 ret;
    mbarrier.test_wait.parity.shared.b64 %p2, [barrier], 1;
    WAIT: add.u32 %r1, %r1, 0;
    mbarrier.test_wait.parity.shared.b64 %p2, [barrier], 0;
    add.u32 %r2, %r1, 1;
    @!%p2 bra WAIT;)",
                    kShared);
  const Outcome outcome = run(kernel, 64, 64);
  ASSERT_EQ(outcome.findings.size(), 1u) << outcome.texts;
  const Finding& finding = outcome.findings[0];
  EXPECT_EQ(finding.kind, FindingKind::deadlock);
  EXPECT_EQ(finding.instruction, "mbarrier.test_wait.parity.shared.b64");
  const auto line = [&](const std::string& part) {
    for (const OpInfo& info : kernel.program().infos)
      if (info.instruction != nullptr && info.instruction->spelled() == part) return info.ptx_line;
    return 0;
  };
  EXPECT_EQ(finding.at.ptx_line, line("mbarrier.test_wait.parity.shared.b64") + 2);
  EXPECT_EQ(finding.at.thread[0], 37u);
}

// One warp waits at a barrier for another that waits for an mbarrier: both are told.
TEST(MbarrierKernel, ThatHoldsABarrierUpIsNamedBesideIt) {
  TestKernel kernel(R"(setp.eq.u32 %p1, %i, 0;
    @%p1 mbarrier.init.shared.b64 [barrier], 1;
    bar.sync 0;
    setp.lt.u32 %p3, %i, 32;
    @%p3 bra DONE;
    WAIT: mbarrier.try_wait.parity.shared.b64 %p2, [barrier], 0;
    @!%p2 bra WAIT;
    DONE: bar.sync 0;)",
                    kShared);
  const Outcome outcome = run(kernel, 64, 64);
  ASSERT_EQ(outcome.findings.size(), 1u) << outcome.texts;
  const Finding& finding = outcome.findings[0];
  EXPECT_EQ(finding.kind, FindingKind::deadlock);
  EXPECT_EQ(finding.instruction, "bar.sync");
  ASSERT_TRUE(finding.other);
  EXPECT_EQ(finding.other->thread[0], 32u);
  EXPECT_EQ(finding.other->ptx_line, finding.at.ptx_line - 2);
  EXPECT_NE(finding.message.find("another waits for an mbarrier"), std::string::npos);
}

// A test that failed once, or a loop that has ended, is not what the thread polls for.
TEST(MbarrierKernel, ThatIsNotPolledIsNotWhatADeadlockNames) {
  const std::string once = "mbarrier.test_wait.parity.shared.b64 %p2, [barrier], 0;";
  const std::string until_it_completes = R"(setp.lt.u32 %p3, %i, 32;
    @%p3 bra WAIT;
    mov.u32 %r3, 0;
    DELAY: add.u32 %r3, %r3, 1;
    setp.lt.u32 %p4, %r3, 20000;
    @%p4 bra DELAY;
    setp.eq.u32 %p5, %i, 32;
    @%p5 mbarrier.arrive.shared.b64 _, [barrier];
    WAIT: mbarrier.try_wait.parity.shared.b64 %p2, [barrier], 0;
    @!%p2 bra WAIT;)";
  for (const std::string& wait : {once, until_it_completes}) {
    TestKernel kernel(R"(setp.eq.u32 %p1, %i, 0;
      @%p1 mbarrier.init.shared.b64 [barrier], 1;
      bar.sync 0;
      )" + wait + R"(
      SPIN: ld.volatile.global.u32 %r1, [%in0];
      setp.ne.u32 %p2, %r1, 12345;
      @%p2 bra SPIN;)",
                      kShared);
    const Outcome outcome = run(kernel, 64, 64);
    ASSERT_EQ(outcome.findings.size(), 1u) << outcome.texts;
    EXPECT_EQ(outcome.findings[0].kind, FindingKind::deadlock);
    EXPECT_EQ(outcome.findings[0].message.find("mbarrier"), std::string::npos) << outcome.texts;
  }
}

// Each thread reads what its neighbour in the other warp stored, two words away.
std::string trade(const std::string& arrive, const std::string& wait) {
  return R"(mov.u32 %r1, stage;
    shl.b32 %r2, %i, 2;
    add.u32 %r1, %r1, %r2;
    st.shared.u32 [%r1], %i;
    )" + arrive +
         "\n" + wait + R"(
    xor.b32 %r1, %r1, 128;
    ld.shared.u32 %r3, [%r1];
    st.global.u32 [%out], %r3;)";
}

TEST(MbarrierKernel, OrdersWhatThreadsDidBeforeTheyArrived) {
  const std::string init = R"(setp.eq.u32 %p1, %i, 0;
    @%p1 mbarrier.init.shared.b64 [barrier], 64;
    bar.sync 0;
)";
  const std::string wait = R"(WAIT: mbarrier.try_wait.parity.shared.b64 %p2, [barrier], 0;
    @!%p2 bra WAIT;)";
  TestKernel ordered(init + trade("mbarrier.arrive.shared.b64 _, [barrier];", wait), kShared);
  const Outcome outcome = run(ordered, 64, 64);
  EXPECT_TRUE(outcome.findings.empty()) << outcome.texts;
  EXPECT_EQ(outcome.out[5], 37u);
  TestKernel relaxed(init + trade("mbarrier.arrive.relaxed.cta.shared.b64 _, [barrier];", wait),
                     kShared);
  const Outcome race = run(relaxed, 64, 64);
  ASSERT_FALSE(race.findings.empty());
  EXPECT_EQ(race.findings[0].kind, FindingKind::race);
}

TEST(ClusterBarrier, MeetsAllThreadsOfABlockThatIsACluster) {
  const std::string arrive = "barrier.cluster.arrive.release.aligned;";
  TestKernel kernel(trade(arrive, "barrier.cluster.wait.acquire.aligned;") +
                        trade("barrier.cluster.arrive;", "barrier.cluster.wait;"),
                    kShared);
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    kernel.options.schedule = seed == 0 ? Schedule::fair : Schedule::fuzzed;
    kernel.options.schedule_seed = seed;
    const Outcome outcome = run(kernel, 64, 64);
    // The second store is not ordered behind the first round's loads.
    for (const Finding& finding : outcome.findings)
      EXPECT_EQ(finding.kind, FindingKind::race) << outcome.texts;
    EXPECT_EQ(outcome.out[5], 37u);
  }
  TestKernel once(trade(arrive, "barrier.cluster.wait.acquire.aligned;"), kShared);
  EXPECT_TRUE(run(once, 64, 64).findings.empty());
  TestKernel relaxed(trade("barrier.cluster.arrive.relaxed;", "barrier.cluster.wait.acquire;"),
                     kShared);
  EXPECT_FALSE(run(relaxed, 64, 64).findings.empty());
}

TEST(ClusterBarrier, DoesNotWaitForThreadsThatHaveExited) {
  TestKernel kernel(R"(setp.ge.u32 %p1, %i, 40;
    @%p1 exit;
    barrier.cluster.arrive;
    barrier.cluster.wait;
    st.global.u32 [%out], %i;)",
                    kShared);
  const Outcome outcome = run(kernel, 64, 64);
  EXPECT_TRUE(outcome.findings.empty()) << outcome.texts;
  EXPECT_EQ(outcome.out[39], 39u);
}

TEST(ClusterBarrier, ArrivingTwiceOrNotAtAllIsAFinding) {
  for (const std::string body :
       {"barrier.cluster.arrive;\nbarrier.cluster.arrive;", "barrier.cluster.wait;"}) {
    TestKernel kernel(body, kShared);
    const Outcome outcome = run(kernel, 64, 64);
    ASSERT_FALSE(outcome.findings.empty());
    EXPECT_EQ(outcome.findings[0].kind, FindingKind::barrier_divergence);
  }
}

}  // namespace
}  // namespace assay::emulator
