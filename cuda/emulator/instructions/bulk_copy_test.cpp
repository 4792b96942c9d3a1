// SPDX-License-Identifier: Apache-2.0
// cp.async.bulk in kernels: PTX ISA, "Data Movement and Conversion Instructions: cp.async.bulk",
// "... cp.reduce.async.bulk", "... cp.async.bulk.wait_group", and "Async proxy" of the memory
// consistency model.
#include <bit>
#include <numeric>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

using Words = std::vector<std::uint32_t>;

constexpr const char* kShared =
    ".shared .align 128 .b8 stage[2048];\n.shared .align 8 .b64 barrier;";

struct Policy {
  AsyncPolicy async;
  std::uint64_t seed;
};

const std::vector<Policy> kPolicies = {
    {AsyncPolicy::eager, 0}, {AsyncPolicy::lazy, 0}, {AsyncPolicy::random, 3}};

// 64 threads; thread 0 has %p1. %r1: the thread's 4 bytes of `stage`.
TestKernel make(const std::string& body) {
  return TestKernel(R"(mov.u32 %r1, stage;
    shl.b32 %r2, %i, 2;
    add.u32 %r1, %r1, %r2;
    setp.eq.u32 %p1, %i, 0;
)" + body,
                    kShared);
}

Words input() {
  Words in(64);
  std::iota(in.begin(), in.end(), 500);
  return in;
}

struct Outcome {
  Words out;
  std::vector<Finding> findings;
  std::string texts;
};

Outcome run(TestKernel& kernel, const Policy& policy, std::uint64_t schedule = 0) {
  kernel.options.async = policy.async;
  kernel.options.async_seed = policy.seed;
  kernel.options.schedule = schedule == 0 ? Schedule::fair : Schedule::fuzzed;
  kernel.options.schedule_seed = schedule;
  Words out(64, 7);
  kernel.run({1, 1, 1}, {64, 1, 1}, input(), out);
  return {out, kernel.findings, kernel.finding_texts()};
}

void expect_clean(const std::string& body, const Words& expected) {
  TestKernel kernel = make(body);
  for (const Policy& policy : kPolicies)
    for (std::uint64_t schedule = 0; schedule < 4; ++schedule) {
      const Outcome outcome = run(kernel, policy, schedule);
      EXPECT_TRUE(outcome.findings.empty()) << outcome.texts;
      EXPECT_EQ(outcome.out, expected);
    }
}

void expect_finding(const std::string& body, FindingKind kind, std::string_view part = "",
                    const std::vector<Policy>& policies = kPolicies) {
  TestKernel kernel = make(body);
  for (const Policy& policy : policies) {
    const Outcome outcome = run(kernel, policy);
    bool is_found = false;
    for (const Finding& finding : outcome.findings)
      is_found |= finding.kind == kind && finding.message.find(part) != std::string::npos;
    EXPECT_TRUE(is_found) << part << "\n" << outcome.texts;
  }
}

const std::string kInit = R"(
    @%p1 mbarrier.init.shared.b64 [barrier], 1;
    @%p1 fence.mbarrier_init.release.cluster;
    bar.sync 0;
)";
const std::string kCopyIn = R"(
    @!%p1 bra ISSUED;
    mbarrier.arrive.expect_tx.shared.b64 %rd3, [barrier], 256;
    cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [stage], [%in0], 128, [barrier];
    cp.async.bulk.shared::cta.global.mbarrier::complete_tx::bytes [stage+128], [%in0+128], 128, [barrier];
    ISSUED:
)";
const std::string kWait = R"(
    WAIT: mbarrier.try_wait.parity.acquire.cta.shared::cta.b64 %p2, [barrier], 0, 1000;
    @!%p2 bra WAIT;
)";
const std::string kReadBack = R"(
    xor.b32 %r1, %r1, 4;
    ld.shared.u32 %r3, [%r1];
    st.global.u32 [%out], %r3;
)";

Words neighbours() {
  Words out = input();
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = 500 + (static_cast<std::uint32_t>(i) ^ 1);
  return out;
}

TEST(BulkCopy, ArrivesWhenThePhaseCompletes) {
  expect_clean(kInit + kCopyIn + kWait + kReadBack, neighbours());
}

TEST(BulkCopy, WithoutAWaitIsAFinding) {
  expect_finding(kInit + kCopyIn + kReadBack, FindingKind::missing_async_wait);
  // A barrier orders the threads, not the copy.
  expect_finding(kInit + kCopyIn + "bar.sync 0;\n" + kReadBack, FindingKind::missing_async_wait);
}

TEST(BulkCopy, WaitedForWithTheWrongParityIsAFinding) {
  std::string wait = kWait;
  wait.replace(wait.find("[barrier], 0"), 12, "[barrier], 1");
  TestKernel kernel = make(kInit + kCopyIn + wait + kReadBack);
  for (const Policy& policy : kPolicies)
    EXPECT_FALSE(run(kernel, policy).findings.empty());
}

// Two arrivals a phase: the second phase has its bytes, but lacks an arrival.
TEST(BulkCopy, IsNotSettledByAWaitForThePhaseBefore) {
  const std::string copy = R"(
    mbarrier.arrive.expect_tx.shared.b64 _, [barrier], 128;
    cp.async.bulk.shared::cta.global.mbarrier::complete_tx::bytes )";
  const std::string body = R"(
    @!%p1 bra DONE;
    mbarrier.init.shared.b64 [barrier], 2;)" +
                           copy + R"([stage], [%in0], 128, [barrier];
    mbarrier.arrive.shared.b64 _, [barrier];)" +
                           kWait + copy +
                           R"([stage+128], [%in0+128], 128, [barrier];
    mbarrier.test_wait.parity.shared.b64 %p3, [barrier], 0;
    ld.shared.u32 %r3, )";
  expect_finding(body + "[stage+128];\nDONE:", FindingKind::missing_async_wait);
  expect_clean(body + "[stage];\nDONE:", Words(64, 7));
}

TEST(BulkCopy, ThatIsNotExpectedInFullNeverCompletes) {
  std::string copy = kCopyIn;
  copy.replace(copy.find("[barrier], 256"), 14, "[barrier], 512");
  expect_finding(kInit + copy + kWait, FindingKind::deadlock);
}

TEST(BulkCopy, NeedsSizesAndAddressesOf16Bytes) {
  const auto with = [](const std::string& what, const std::string& by) {
    std::string copy = kCopyIn;
    copy.replace(copy.find(what), what.size(), by);
    return kInit + copy + kWait;
  };
  expect_finding(with("[%in0], 128", "[%in0], 120"), FindingKind::misaligned, "no multiple of 16");
  expect_finding(with("[%in0], 128", "[%in0+4], 128"), FindingKind::misaligned);
  expect_finding(with("[stage], [%in0]", "[stage+8], [%in0]"), FindingKind::misaligned);
  expect_finding(with("[%in0+128], 128", "[%in0+144], 128"), FindingKind::out_of_bounds);
  expect_finding(with("[stage+128], [%in0+128], 128", "[stage+1984], [%in0+128], 128"),
                 FindingKind::out_of_bounds);
}

// Stage: word i is 500 + i, written by the threads.
const std::string kFill = R"(
    ld.global.u32 %r3, [%in];
    st.shared.u32 [%r1], %r3;
)";
const std::string kFence = "fence.proxy.async.shared::cta;\n";
const std::string kStore = R"(
    bar.sync 0;
    @!%p1 bra DONE;
    cp.async.bulk.global.shared::cta.bulk_group [%out0], [stage], 256;
    cp.async.bulk.commit_group;
)";

TEST(BulkCopy, StoresBehindAProxyFence) {
  expect_clean(kFill + kFence + kStore + "cp.async.bulk.wait_group 0;\nDONE:", input());
  // .read is enough: the bytes arrive by the end of the grid.
  expect_clean(kFill + "fence.proxy.async;\n" + kStore + "cp.async.bulk.wait_group.read 0;\nDONE:",
               input());
}

TEST(BulkCopy, OfOrdinaryStoresWithoutAProxyFenceIsAFinding) {
  expect_finding(kFill + kStore + "cp.async.bulk.wait_group 0;\nDONE:",
                 FindingKind::missing_async_wait, "no fence.proxy.async");
  expect_finding(
      kFill + "fence.proxy.async.global;\n" + kStore + "cp.async.bulk.wait_group 0;\nDONE:",
      FindingKind::missing_async_wait, "no fence.proxy.async");
}

TEST(BulkCopy, OutThatNobodyWaitsForIsAFinding) {
  expect_finding(kFill + kFence + kStore + "DONE:", FindingKind::missing_async_wait,
                 "the block ended before cp.async.bulk.wait_group");
  std::string uncommitted = kStore;
  uncommitted.erase(uncommitted.find("cp.async.bulk.commit_group;"), 27);
  expect_finding(kFill + kFence + uncommitted + "cp.async.bulk.wait_group 0;\nDONE:",
                 FindingKind::missing_async_wait, "the block ended before");
}

TEST(BulkCopy, WhoseSourceIsOverwrittenBeforeTheWaitIsAFinding) {
  expect_finding(kFill + kFence + kStore +
                     "st.shared.u32 [stage+4], 9;\ncp.async.bulk.wait_group.read 0;\nDONE:",
                 FindingKind::missing_async_wait, "overwritten before");
  expect_clean(kFill + kFence + kStore +
                   "cp.async.bulk.wait_group.read 0;\nst.shared.u32 [stage+4], 9;\nDONE:",
               input());
}

TEST(BulkCopy, OfSomeBytesOfEachSixteen) {
  Words expected(64, 7);
  for (std::size_t i = 0; i < 64; i += 4) {
    expected[i] = static_cast<std::uint32_t>(500 + i);
    expected[i + 2] = ((502 + static_cast<std::uint32_t>(i)) & 0xFF) | (7 & 0xFFFFFF00);
  }
  expect_clean(kFill + kFence + R"(
    bar.sync 0;
    @!%p1 bra DONE;
    mov.b16 %h1, 0x010F;
    cp.async.bulk.global.shared::cta.bulk_group.cp_mask [%out0], [stage], 256, %h1;
    cp.async.bulk.commit_group;
    cp.async.bulk.wait_group 0;
    DONE:)",
               expected);
}

TEST(BulkCopy, ReducesIntoGlobalMemory) {
  const auto reduce = [](const std::string& op) {
    return kFill + kFence + R"(
    bar.sync 0;
    @!%p1 bra DONE;
    cp.reduce.async.bulk.global.shared::cta.bulk_group.)" +
           op + R"( [%out0], [stage], 256;
    cp.async.bulk.commit_group;
    cp.async.bulk.wait_group 0;
    DONE:)";
  };
  Words sums = input(), ands = input(), most = input();
  for (std::size_t i = 0; i < 64; ++i) {
    sums[i] += 7;
    ands[i] &= 7;
    most[i] = std::max<std::uint32_t>(most[i], 7);
  }
  expect_clean(reduce("add.u32"), sums);
  expect_clean(reduce("and.b32"), ands);
  expect_clean(reduce("max.s32"), most);
  Words halves = input();
  for (std::size_t i = 0; i < 64; ++i)
    halves[i] = 500 + static_cast<std::uint32_t>(i) + 7;  // subnormal halves add like integers
  expect_clean(reduce("add.noftz.f16"), halves);
}

TEST(BulkCopy, PrefetchesNothingThatCanBeSeen) {
  expect_clean(R"(@%p1 cp.async.bulk.prefetch.L2.global [%in0], 256;
    st.global.u32 [%out], 3;)",
               Words(64, 3));
}

}  // namespace
}  // namespace assay::emulator
