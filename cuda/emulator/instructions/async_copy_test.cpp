// SPDX-License-Identifier: Apache-2.0
// cp.async in kernels: PTX ISA, "Data Movement and Conversion Instructions: cp.async", "...
// cp.async.commit_group", "... cp.async.wait_group", "Parallel Synchronization and Communication
// Instructions: cp.async.mbarrier.arrive". Everything holds whenever the copies happen.
#include <numeric>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

using Words = std::vector<std::uint32_t>;

constexpr const char* kShared =
    ".shared .align 16 .b8 stage[4096];\n.shared .align 8 .b64 barrier;";

struct Policy {
  AsyncPolicy async;
  std::uint64_t seed;
};

const std::vector<Policy> kPolicies = {{AsyncPolicy::eager, 0},
                                       {AsyncPolicy::lazy, 0},
                                       {AsyncPolicy::random, 1},
                                       {AsyncPolicy::random, 2}};

// 64 threads; %r1 and %rd1 are the thread's 16 bytes of `stage` and of the input.
TestKernel make(const std::string& body) {
  return TestKernel(R"(mov.u32 %r1, stage;
    shl.b32 %r2, %i, 4;
    add.u32 %r1, %r1, %r2;
    mul.wide.u32 %rd1, %i, 16;
    add.u64 %rd2, %out0, %rd1;
    add.u64 %rd1, %in0, %rd1;
)" + body,
                    kShared);
}

Words input() {
  Words in(64 * 4);
  std::iota(in.begin(), in.end(), 1000);
  return in;
}

struct Outcome {
  Words out;
  std::vector<Finding> findings;
};

Outcome run(TestKernel& kernel, const Policy& policy, std::uint64_t schedule = 0) {
  kernel.options.async = policy.async;
  kernel.options.async_seed = policy.seed;
  kernel.options.schedule = schedule == 0 ? Schedule::fair : Schedule::fuzzed;
  kernel.options.schedule_seed = schedule;
  Words out(64 * 4, 0xEEEEEEEE);
  kernel.run({1, 1, 1}, {64, 1, 1}, input(), out);
  return {out, kernel.findings};
}

void expect_clean(const std::string& body, const Words& expected) {
  TestKernel kernel = make(body);
  for (const Policy& policy : kPolicies)
    for (std::uint64_t schedule = 0; schedule < 4; ++schedule) {
      const Outcome outcome = run(kernel, policy, schedule);
      EXPECT_TRUE(outcome.findings.empty()) << kernel.finding_texts();
      EXPECT_EQ(outcome.out, expected);
    }
}

void expect_finding(const std::string& body, FindingKind kind, std::string_view part = "") {
  TestKernel kernel = make(body);
  for (const Policy& policy : kPolicies) {
    const Outcome outcome = run(kernel, policy);
    bool is_found = false;
    for (const Finding& finding : outcome.findings)
      is_found |= finding.kind == kind && finding.message.find(part) != std::string::npos;
    EXPECT_TRUE(is_found) << kernel.finding_texts();
  }
}

// The neighbour's 16 bytes, behind a barrier.
constexpr const char* kReadNeighbour = R"(
    bar.sync 0;
    xor.b32 %r1, %r1, 16;
    ld.shared.v4.u32 {%r10, %r11, %r12, %r13}, [%r1];
    st.global.v4.u32 [%rd2], {%r10, %r11, %r12, %r13};
)";

Words neighbours() {
  const Words in = input();
  Words out(in.size());
  for (std::size_t i = 0; i < in.size(); ++i)
    out[i] = in[i ^ 4];
  return out;
}

TEST(AsyncCopy, ArrivesWithItsGroup) {
  expect_clean(std::string(R"(cp.async.cg.shared.global [%r1], [%rd1], 16;
    cp.async.commit_group;
    cp.async.wait_group 0;)") +
                   kReadNeighbour,
               neighbours());
}

TEST(AsyncCopy, ArrivesWithWaitAllEvenWithoutAGroup) {
  expect_clean(std::string(R"(cp.async.ca.shared::cta.global.L2::128B [%r1], [%rd1], 8;
    cp.async.ca.shared.global [%r1+8], [%rd1+8], 4;
    cp.async.ca.shared.global [%r1+12], [%rd1+12], 4;
    cp.async.wait_all;)") +
                   kReadNeighbour,
               neighbours());
}

TEST(AsyncCopy, FillsWithZerosBehindItsSource) {
  Words expected(256, 0);
  const Words in = input();
  for (std::size_t thread = 0; thread < 64; ++thread) {
    const std::size_t bytes = thread % 16;
    std::memcpy(&expected[4 * (thread ^ 1)], &in[4 * thread], bytes);
  }
  expect_clean(std::string(R"(st.shared.v4.u32 [%r1], {%i, -1, -1, -1};
    and.b32 %r3, %i, 15;
    cp.async.cg.shared.global [%r1], [%rd1], 16, %r3;
    cp.async.wait_all;)") +
                   kReadNeighbour,
               expected);
}

TEST(AsyncCopy, IgnoresItsSourceByAPredicate) {
  Words expected = neighbours();
  for (std::size_t i = 0; i < expected.size(); ++i)
    if ((i / 4 ^ 1) % 4 == 0) expected[i] = 0;
  // The ignored source is no address at all.
  expect_clean(std::string(R"(and.b32 %r3, %i, 3;
    setp.eq.u32 %p1, %r3, 0;
    @%p1 mov.u64 %rd1, 0;
    cp.async.cg.shared.global.L2::cache_hint [%r1], [%rd1], 16, %p1, %rd7;
    cp.async.wait_all;)") +
                   kReadNeighbour,
               expected);
}

TEST(AsyncCopy, OfAGroupThatIsStillPendingMustNotBeRead) {
  const std::string two_groups = R"(cp.async.cg.shared.global [%r1], [%rd1], 16;
    cp.async.commit_group;
    cp.async.cg.shared.global [%r1+2048], [%rd1], 16;
    cp.async.commit_group;
    cp.async.wait_group 1;
    ld.shared.v4.u32 {%r10, %r11, %r12, %r13}, )";
  const std::string store = "st.global.v4.u32 [%rd2], {%r10, %r11, %r12, %r13};";
  expect_clean(two_groups + "[%r1];\n" + store, input());
  expect_finding(two_groups + "[%r1+2048];\n" + store, FindingKind::missing_async_wait);
}

TEST(AsyncCopy, WithoutAWaitIsAFinding) {
  expect_finding(std::string(R"(cp.async.cg.shared.global [%r1], [%rd1], 16;
    cp.async.commit_group;)") +
                     kReadNeighbour,
                 FindingKind::missing_async_wait);
  // Only the committed groups are waited for.
  expect_finding(std::string(R"(cp.async.cg.shared.global [%r1], [%rd1], 16;
    cp.async.wait_group 0;)") +
                     kReadNeighbour,
                 FindingKind::missing_async_wait);
}

TEST(AsyncCopy, IntoBytesThatOthersStillReadIsARace) {
  expect_finding(R"(st.shared.u32 [%r1], %i;
    bar.sync 0;
    xor.b32 %r3, %r1, 512;
    ld.shared.u32 %r10, [%r3];
    cp.async.ca.shared.global [%r1], [%rd1], 4;
    cp.async.wait_all;
    st.global.u32 [%rd2], %r10;)",
                 FindingKind::race);
}

TEST(AsyncCopy, ChecksItsAddresses) {
  expect_finding("cp.async.cg.shared.global [%r1], [%rd1+4], 16;\ncp.async.wait_all;",
                 FindingKind::misaligned);
  expect_finding("cp.async.ca.shared.global [%r1], [%rd1+1024], 4;\ncp.async.wait_all;",
                 FindingKind::out_of_bounds);
  expect_finding("cp.async.ca.shared.global [%r1+8192], [%rd1], 4;\ncp.async.wait_all;",
                 FindingKind::out_of_bounds);
  expect_finding("cp.async.ca.shared.global [%r1], [%rd1], 4, 5;\ncp.async.wait_all;",
                 FindingKind::invalid_address, "src-size 5 is larger than cp-size 4");
}

// All threads' copies tell of themselves at one mbarrier.
std::string by_mbarrier(const std::string& count, const std::string& arrivals) {
  return R"(setp.eq.u32 %p1, %i, 0;
    @%p1 mbarrier.init.shared.b64 [barrier], )" +
         count + R"(;
    bar.sync 0;
    cp.async.cg.shared.global [%r1], [%rd1], 16;
    )" + arrivals +
         "\n";
}

constexpr const char* kWait = R"(
    WAIT: mbarrier.try_wait.parity.shared.b64 %p2, [barrier], 0;
    @!%p2 bra WAIT;)";

constexpr const char* kReadOther = R"(
    xor.b32 %r1, %r1, 16;
    ld.shared.v4.u32 {%r10, %r11, %r12, %r13}, [%r1];
    st.global.v4.u32 [%rd2], {%r10, %r11, %r12, %r13};
)";

TEST(AsyncCopy, ArrivesAtAnMbarrierThatCountsIt) {
  const std::string body =
      by_mbarrier("64", "cp.async.mbarrier.arrive.noinc.shared.b64 [barrier];");
  expect_clean(body + kWait + kReadOther, neighbours());
  expect_finding(body + kReadOther, FindingKind::missing_async_wait);
}

TEST(AsyncCopy, ArrivesAtAnMbarrierThatDoesNotCountIt) {
  expect_clean(by_mbarrier("64", R"(cp.async.mbarrier.arrive.shared::cta.b64 [barrier];
    mbarrier.arrive.shared.b64 %rd5, [barrier];)") +
                   kWait + kReadOther,
               neighbours());
}

TEST(AsyncCopy, ArrivingTooOftenIsAFinding) {
  expect_finding(by_mbarrier("16", "cp.async.mbarrier.arrive.noinc.shared.b64 [barrier];") + kWait,
                 FindingKind::invalid_mbarrier);
}

}  // namespace
}  // namespace assay::emulator
