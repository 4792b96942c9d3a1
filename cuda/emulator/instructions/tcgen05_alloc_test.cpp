// SPDX-License-Identifier: Apache-2.0
// tcgen05.alloc, .dealloc and .relinquish_alloc_permit: PTX ISA 9.7.16.1.2 and 9.7.16.7.1, and the
// findings.
#include "cuda/emulator/instructions/tcgen05_test.hpp"

namespace assay::emulator {
namespace {

std::string alloc(const std::string& columns, const std::string& to = "slot") {
  return fmt::format("tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [{}], {};\n", to,
                     columns);
}

std::string dealloc(const std::string& address, const std::string& columns) {
  return fmt::format("tcgen05.dealloc.cta_group::1.sync.aligned.b32 {}, {};\n", address, columns);
}

// Four allocations of 128 columns fill the memory and do not overlap; one that is freed is found
// again. The address is written through a generic address, too, and the number is a register.
TEST(TensorAllocation, GivesColumnsThatNobodyHas) {
  std::string body =
      "mov.u32 %r10, 128;\nmov.u32 %r11, stage;\ncvt.u64.u32 %rd1, %r11;\n"
      "cvta.shared.u64 %rd1, %rd1;\n";
  for (int n = 0; n < 4; ++n)
    body += fmt::format("{}ld.shared.b32 %r{}, [stage];\n", alloc("%r10", "%r11"), n);
  body += dealloc("%r1", "128") +
          "tcgen05.alloc.cta_group::1.sync.aligned.b32 [%rd1+8], 64;\n"
          "ld.shared.b32 %r4, [stage+8];\n" +
          alloc("64") + "ld.shared.b32 %r5, [slot];\n";
  for (const int n : {0, 2, 3})
    body += dealloc(fmt::format("%r{}", n), "%r10");
  body += dealloc("%r4", "64") + dealloc("%r5", "64");
  for (int n = 0; n < 6; ++n)
    body += fmt::format("st.global.u32 [%out0+{}], %r{};\n", 4 * n, n);
  const TensorOutcome outcome = run_tensor(body, 32, {}, 6);
  ASSERT_TRUE(outcome.findings.empty()) << outcome.texts;
  std::vector<int> owner(512, -1);
  for (std::size_t n = 0; n < 6; ++n) {
    if (n == 1) continue;  // freed before 4 and 5
    ASSERT_LE(outcome.out[n], 512u);
    for (std::uint32_t column = outcome.out[n]; column < outcome.out[n] + (n < 4 ? 128 : 64);
         ++column) {
      EXPECT_EQ(owner.at(column), -1) << column;
      owner.at(column) = static_cast<int>(n);
    }
  }
}

TEST(TensorAllocation, ForgetsWhatWasInFreedColumns) {
  const std::string body = alloc("32") + "ld.shared.b32 %r1, [slot];\n" +
                           "tcgen05.st.sync.aligned.32x32b.x1.b32 [%r1], {%i};\n" +
                           dealloc("%r1", "32") + alloc("32") + "ld.shared.b32 %r1, [slot];\n" +
                           "tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r2}, [%r1];\n" +
                           dealloc("%r1", "32");
  expect_finding(run_tensor(body, 32), FindingKind::uninitialized_read, "nothing has written");
}

// The second warp gets its columns when the first has freed them.
TEST(TensorAllocation, WaitsForAnotherWarp) {
  const std::string body = R"(setp.ge.u32 %p1, %i, 32;
    @%p1 bra SECOND;
    tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [slot], 512;
    ld.shared.b32 %r1, [slot];
    bar.sync 0;
    mov.u32 %r2, 0;
    DELAY: add.u32 %r2, %r2, 1;
    setp.lt.u32 %p2, %r2, 10000;
    @%p2 bra DELAY;
    tcgen05.dealloc.cta_group::1.sync.aligned.b32 %r1, 512;
    bra DONE;
    SECOND:
    bar.sync 0;
    tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [stage], 512;
    ld.shared.b32 %r1, [stage];
    tcgen05.dealloc.cta_group::1.sync.aligned.b32 %r1, 512;
    st.global.u32 [%out0], 1;
    DONE:)";
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    TestKernel kernel(body, kTensorGlobals);
    kernel.options.schedule = seed == 0 ? Schedule::fair : Schedule::fuzzed;
    kernel.options.schedule_seed = seed;
    const TensorOutcome outcome = run_tensor(kernel, 64, {}, 1);
    EXPECT_TRUE(outcome.findings.empty()) << outcome.texts;
    EXPECT_EQ(outcome.out[0], 1u);
  }
}

TEST(TensorAllocation, FindsWhatCannotBeOrIsNotFreed) {
  struct Case {
    std::string body;
    FindingKind kind;
    std::string part;
  };
  const std::string load = "ld.shared.b32 %r1, [slot];\n";
  const std::vector<Case> cases = {
      {alloc("512") + alloc("32"), FindingKind::deadlock,
       "waits for 32 columns of tensor memory, of which the block has allocated columns 0-511"},
      {"mov.u32 %r2, 96;\n" + alloc("%r2"), FindingKind::invalid_tcgen05,
       "96 columns: must be a power of two from 32 to 512"},
      {"mov.u32 %r2, 16;\n" + alloc("%r2"), FindingKind::invalid_tcgen05, "16 columns"},
      {"mov.u32 %r2, 1024;\n" + alloc("%r2"), FindingKind::invalid_tcgen05, "1024 columns"},
      {"mov.u32 %r2, 32;\nsetp.eq.u32 %p1, %i, 9;\n@%p1 mov.u32 %r2, 64;\n" + alloc("%r2"),
       FindingKind::invalid_tcgen05, "different numbers of columns"},
      {alloc("32") + alloc("64"), FindingKind::invalid_tcgen05,
       "64 columns after an allocation of 32: they must not increase"},
      {"tcgen05.relinquish_alloc_permit.cta_group::1.sync.aligned;\n" + alloc("32"),
       FindingKind::invalid_tcgen05, "comes after tcgen05.relinquish_alloc_permit"},
      {alloc("64") + load + dealloc("%r1", "32"), FindingKind::invalid_tcgen05,
       "0x0 with 32 columns is no allocation; the block has allocated columns 0-63"},
      {alloc("64") + load + "add.u32 %r1, %r1, 0x200000;\n" + dealloc("%r1", "64"),
       FindingKind::invalid_tcgen05, "0x200000 with 64 columns is no allocation"},
      {dealloc("0", "32"), FindingKind::invalid_tcgen05, "has allocated no columns"},
      {alloc("64"), FindingKind::invalid_tcgen05,
       "the block ended without tcgen05.dealloc of columns 0-63"},
      {"tcgen05.alloc.cta_group::1.sync.aligned.b32 [%out0], 32;", FindingKind::invalid_address,
       "is not an address of shared memory"},
      {"mov.u32 %r2, stage;\nadd.u32 %r2, %r2, 2;\n" + alloc("32", "%r2"), FindingKind::misaligned,
       ""},
  };
  for (const Case& c : cases)
    expect_finding(run_tensor(c.body, 32), c.kind, c.part);
}

// The place is that of the allocation, and each block has columns of its own.
TEST(TensorAllocation, IsOfOneBlock) {
  TestKernel kernel(alloc("512") +
                        "ld.shared.b32 %r1, [slot];\nmov.u32 %r2, %ctaid.x;\n"
                        "setp.eq.u32 %p1, %r2, 2;\n@%p1 exit;\n" +
                        dealloc("%r1", "512"),
                    kTensorGlobals);
  Words out(1);
  kernel.run({4, 1, 1}, {32, 1, 1}, Words{}, out);
  ASSERT_EQ(kernel.findings.size(), 1u) << kernel.finding_texts();
  EXPECT_EQ(kernel.findings[0].at.block[0], 2u);
  EXPECT_EQ(kernel.findings[0].instruction,
            "tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32");
}

// Not that of an allocation that came at last.
TEST(TensorAllocation, IsNamedInItsOwnDeadlockOnly) {
  const std::string body = "setp.ge.u32 %p1, %i, 32;\n@%p1 bra SECOND;\n" + alloc("512") +
                           "ld.shared.b32 %r1, [slot];\nbar.sync 0;\nmov.u32 %r2, 0;\n"
                           "DELAY: add.u32 %r2, %r2, 1;\nsetp.lt.u32 %p2, %r2, 10000;\n"
                           "@%p2 bra DELAY;\n" +
                           dealloc("%r1", "512") + "bra DONE;\nSECOND:\nbar.sync 0;\n" +
                           alloc("512", "stage") + "bar.sync 1;\nDONE:";
  expect_finding(run_tensor(body + "\nbar.sync 2;", 64), FindingKind::deadlock, "at barrier");
}

TEST(TensorAllocation, IsWaitedForWhileOthersStandAtABarrier) {
  const std::string body = "setp.ge.u32 %p1, %i, 32;\n@%p1 bra OTHERS;\n" + alloc("512") +
                           alloc("256") + "OTHERS:\nbar.sync 0;\n";
  expect_finding(run_tensor(body, 64), FindingKind::deadlock, "waits for 256 columns");
}

}  // namespace
}  // namespace assay::emulator
