// SPDX-License-Identifier: Apache-2.0
// tcgen05.ld and .st of shape .32x32b (PTX ISA 9.7.16.8.3, 9.7.16.8.4, figure 183), which lanes a
// warp may access (9.7.16.8.1), and the findings.
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

}  // namespace
}  // namespace assay::emulator
