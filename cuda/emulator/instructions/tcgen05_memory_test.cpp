// SPDX-License-Identifier: Apache-2.0
// Tensor memory: allocation (PTX ISA 9.7.16.7.1), tcgen05.ld and .st of shape .32x32b (9.7.16.8.3,
// 9.7.16.8.4, figure 183), which lanes a warp may access (9.7.16.8.1), and the findings.
#include <map>

#include "cuda/emulator/instructions/tcgen05_test.hpp"

namespace assay::emulator {
namespace {

// Each thread's first warp-group stores `count` registers, 1000 * thread + 3 * register, from
// `column` on; then all load.
std::string store_and_load(std::size_t count, std::uint32_t column) {
  std::string body = fmt::format(
      ".reg .b32 %x<128>, %y<128>;\nmul.lo.u32 %r1, %i, 1000;\n"
      "and.b32 %r2, %i, 96;\nshl.b32 %r2, %r2, 16;\nadd.u32 %r2, %r2, %r60;\n"
      "setp.ge.u32 %p3, %i, 128;\n@%p3 bra STORED;\n");
  for (std::size_t i = 0; i < count; ++i)
    body += fmt::format("add.u32 %x{}, %r1, {};\n", i, 3 * i);
  body += fmt::format(
      "tcgen05.st.sync.aligned.32x32b.x{0}.b32 [%r2+{1}], {2};\n"
      "tcgen05.wait::st.sync.aligned;\ntcgen05.fence::before_thread_sync;\nSTORED:\nbar.sync 0;\n"
      "tcgen05.fence::after_thread_sync;\n"
      "tcgen05.ld.sync.aligned.32x32b.x{0}.b32 {3}, [%r2+{1}];\ntcgen05.wait::ld.sync.aligned;\n"
      "mul.wide.u32 %rd1, %i, {4};\nadd.u64 %rd1, %out0, %rd1;\n",
      count, column, register_list(0, count), register_list(0, count, "%y"), 4 * count);
  for (std::size_t i = 0; i < count; ++i)
    body += fmt::format("st.global.u32 [%rd1+{}], %y{};\n", 4 * i, i);
  return body;
}

// Warps 4 to 7 see what the warps of the same number modulo 4 have stored.
TEST(TensorMemory, HoldsALaneForEachThreadAndAColumnForEachRegister) {
  for (const std::size_t count : {1, 2, 4, 8, 16, 32, 64, 128}) {
    const std::string body = store_and_load(count, 128 - static_cast<std::uint32_t>(count));
    const TensorOutcome outcome = run_tensor(with_tensor_memory(body, 128), 256, {}, 256 * count);
    ASSERT_TRUE(outcome.findings.empty()) << outcome.texts;
    for (std::size_t thread = 0; thread < 256; ++thread)
      for (std::size_t i = 0; i < count; ++i)
        ASSERT_EQ(outcome.out[thread * count + i], 1000 * (thread % 128) + 3 * i)
            << count << " registers, thread " << thread;
  }
}

// A load of one column shows that register i of lane l is column i of that very lane.
TEST(TensorMemory, IsAddressedByLaneAndColumn) {
  const std::string body = R"(.reg .b32 %x<4>;
    and.b32 %r2, %i, 96;
    shl.b32 %r2, %r2, 16;
    add.u32 %r2, %r2, %r60;
    add.u32 %x0, %i, 100;
    add.u32 %x1, %i, 300;
    tcgen05.st.sync.aligned.32x32b.x2.b32 [%r2+7], {%x0, %x1};
    add.u32 %r3, %r2, 8;
    tcgen05.ld.sync.aligned.32x32b.x1.b32 {%x2}, [%r3];
    st.global.u32 [%out], %x2;)";
  const TensorOutcome outcome = run_tensor(with_tensor_memory(body, 32), 128, {}, 128);
  ASSERT_TRUE(outcome.findings.empty()) << outcome.texts;
  for (std::uint32_t thread = 0; thread < 128; ++thread)
    EXPECT_EQ(outcome.out[thread], 300 + thread);
}

TEST(TensorMemory, FindsWhatIsNotTheWarps) {
  struct Case {
    std::string instruction;
    FindingKind kind;
    std::string part;
  };
  const std::vector<Case> cases = {
      {"tcgen05.ld.sync.aligned.32x32b.x2.b32 {%r1, %r2}, [%r60+31];", FindingKind::out_of_bounds,
       "loads columns 31-32 of tensor memory, of which the block has allocated columns 0-31"},
      {"tcgen05.st.sync.aligned.32x32b.x1.b32 [%r60+32], {%r3};", FindingKind::out_of_bounds,
       "stores to columns 32-32 of tensor memory"},
      {"tcgen05.st.sync.aligned.32x32b.x1.b32 [%r60+0x200000], {%r3};",
       FindingKind::invalid_address,
       "stores to lanes 32-63 of tensor memory, but warp 0 may access lanes 0-31 only"},
      {"tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r1}, [%r60+0x10000];", FindingKind::invalid_address,
       "loads lanes 1-32"},
      {"tcgen05.ld.sync.aligned.32x32b.x4.b32 {%r1, %r2, %r4, %r5}, [%r60+4];",
       FindingKind::uninitialized_read, "reads lane 0, column 5 of tensor memory"},
      {"add.u32 %r60, %r60, %i;\ntcgen05.st.sync.aligned.32x32b.x1.b32 [%r60], {%r3};",
       FindingKind::invalid_tcgen05, "lanes of the warp name different addresses"},
  };
  for (const Case& c : cases) {
    const std::string body =
        "mov.u32 %r3, 5;\ntcgen05.st.sync.aligned.32x32b.x1.b32 [%r60+4], {%r3};\n" + c.instruction;
    expect_finding(run_tensor(with_tensor_memory(body, 32), 32), c.kind, c.part);
  }
}

TEST(TensorMemory, BelongsToTheWarpWithinItsWarpgroup) {
  const std::string body = R"(and.b32 %r2, %i, 96;
    xor.b32 %r2, %r2, 32;
    shl.b32 %r2, %r2, 16;
    setp.lt.u32 %p3, %i, 160;
    @%p3 bra DONE;
    tcgen05.st.sync.aligned.32x32b.x1.b32 [%r2], {%i};
    DONE:)";
  expect_finding(run_tensor(with_tensor_memory(body, 32), 192), FindingKind::invalid_address,
                 "stores to lanes 0-31 of tensor memory, but warp 5 may access lanes 32-63 only");
}

TEST(TensorMemory, NeedsAllThreadsOfAWarp) {
  const std::string store = "tcgen05.st.sync.aligned.32x32b.x1.b32 [%r60], {%i};\n";
  const std::string alloc =
      "tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [slot], 32;\n"
      "ld.shared.b32 %r60, [slot];\n";
  const std::string dealloc = "tcgen05.dealloc.cta_group::1.sync.aligned.b32 %r60, 32;\n";
  for (const auto& [before, threads, part] :
       std::vector<std::tuple<std::string, std::uint32_t, std::string>>{
           {"", 16, "no threads for lanes 16-31"},
           {"setp.eq.u32 %p1, %i, 3;\n@%p1 exit;\n", 32, "lane 3 have exited"}}) {
    const TensorOutcome outcome = run_tensor(before + alloc + store + dealloc, threads);
    ASSERT_EQ(outcome.findings.size(), 3u) << outcome.texts;  // of each place
    for (const Finding& finding : outcome.findings) {
      EXPECT_EQ(finding.kind, FindingKind::barrier_divergence);
      EXPECT_NE(finding.message.find(part), std::string::npos) << outcome.texts;
    }
  }
  const TensorOutcome apart =
      run_tensor(with_tensor_memory("setp.lt.u32 %p3, %i, 7;\n@%p3 " + store, 32), 32);
  ASSERT_FALSE(apart.findings.empty());
  EXPECT_EQ(apart.findings[0].kind, FindingKind::barrier_divergence) << apart.texts;
}

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

TEST(TensorAllocation, IsWaitedForWhileOthersStandAtABarrier) {
  const std::string body = "setp.ge.u32 %p1, %i, 32;\n@%p1 bra OTHERS;\n" + alloc("512") +
                           alloc("256") + "OTHERS:\nbar.sync 0;\n";
  expect_finding(run_tensor(body, 64), FindingKind::deadlock, "waits for 256 columns");
}

}  // namespace
}  // namespace assay::emulator
