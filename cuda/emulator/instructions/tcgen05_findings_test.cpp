// SPDX-License-Identifier: Apache-2.0
// What is found of tcgen05.mma and tcgen05.commit beside descriptors: operands outside what is
// allocated or that nothing has written, scales that are not duplicated (PTX ISA 9.7.16.10.7),
// missing fences and waits for shared memory.
#include "cuda/emulator/instructions/tcgen05_finding_case.hpp"

namespace assay::emulator {
namespace {

TEST(TensorMmaFindings, AreOfTensorMemoryThatIsNotThere) {
  const MmaCase f16 = f16_case(), nvfp4 = nvfp4_case();
  expect_changes({
      {f16, "add.u32 %r60, %r60, 17;", FindingKind::out_of_bounds,
       "writes D to columns 17-32 of tensor memory, of which the block has allocated columns "
       "0-31"},
      {f16, "add.u32 %r60, %r60, 0x200000;", kInvalid, "D begins in lane 32, must in lane 0"},
  });
  MmaCase a = nvfp4, b = nvfp4;
  for (const auto& [mma, part] : {std::pair(&a, "the scales of A begin in lane 32, must in lane 0"),
                                  std::pair(&b, "the scales of B begin in lane 32")}) {
    MmaText text;
    std::string body = mma_body(*mma, text);
    const std::string column =
        fmt::format("[%r60+{}],", mma == &a ? mma->scale_a_column() : mma->scale_b_column());
    body.replace(body.find(column), column.size(),
                 fmt::format("[%r60+{}],", 0x200000 + mma->scale_a_column()));
    TestKernel kernel(body, kTensorGlobals);
    kernel.options.mma = MmaPolicy::model;
    expect_finding(run_tensor(kernel, 128, MmaMemory(*mma).words(), 128 * 16), kInvalid, part);
  }
  // The last column of B's scales is the 33rd.
  MmaText text;
  std::string body = mma_body(nvfp4, text);
  body.replace(body.find("[%r60+20],"), 10, "[%r60+32],");
  TestKernel kernel(body, kTensorGlobals);
  kernel.options.mma = MmaPolicy::model;
  expect_finding(run_tensor(kernel, 128, MmaMemory(nvfp4).words(), 128 * 16),
                 FindingKind::out_of_bounds, "reads scales in columns 32-32");
}

TEST(TensorMmaFindings, AreOfWordsThatNothingHasWritten) {
  MmaText text;
  MmaCase c = nvfp4_case();
  text.written_columns = 16;  // D alone
  expect_finding(run(c, text), FindingKind::uninitialized_read,
                 "reads lane 0, column 16 of tensor memory");
  // Only where D is added to.
  MmaCase f16 = f16_case();
  std::string body = mma_body(f16, {});
  body = body.substr(0, body.find("tcgen05.st")) + body.substr(body.find("tcgen05.wait::st"));
  for (const bool accumulates : {false, true}) {
    std::string changed = body;
    if (accumulates) changed.replace(changed.find("mov.u32 %r10, 0"), 15, "mov.u32 %r10, 1");
    TestKernel kernel(changed, kTensorGlobals);
    kernel.options.mma = MmaPolicy::model;
    const TensorOutcome outcome = run_tensor(kernel, 128, MmaMemory(f16).words(), 128 * 16);
    if (accumulates) {
      expect_finding(outcome, FindingKind::uninitialized_read, "reads lane 0, column 0");
    } else {
      EXPECT_TRUE(outcome.findings.empty()) << outcome.texts;
    }
  }
}

// One byte of one partition is another than in the first; a byte that is not read may be.
TEST(TensorMmaFindings, AreOfScalesThatPartitionsDoNotShare) {
  const MmaCase c = scaled_case("mxf4", "", 2);  // IDs 0: bytes 0 and 1
  for (const std::size_t partition : {1, 2, 3}) {
    const std::size_t lane = 32 * partition + 9;
    MmaMemory memory(c);
    memory.tensor[lane * memory.columns + c.scale_a_column() + 2] = 0xAB00;
    expect_finding(
        MmaKernel(c).run(memory), kInvalid,
        fmt::format("scales of A in column 18 differ: 0x0 in lane 9, 0xab00 in lane {}", lane));
    memory.tensor[lane * memory.columns + c.scale_a_column() + 2] = 0xAB0000;
    EXPECT_TRUE(MmaKernel(c).run(memory).findings.empty());
  }
}

TEST(TensorMmaFindings, AreOfThreadsThatIssueItTogether) {
  MmaText text;
  text.guard = "setp.lt.u32 %p6, %i, 2;\n@%p6 ";
  expect_finding(run(f16_case(), text), kInvalid, "lanes 0-1 issue it");
}

TEST(TensorMmaFindings, AreOfPoliciesWithoutAModel) {
  for (const MmaPolicy policy : {MmaPolicy::certified, MmaPolicy::fma}) {
    MmaKernel kernel(f16_case());
    kernel.options().mma = policy;
    expect_finding(kernel.run(MmaMemory(f16_case())), kUnsupported,
                   "tcgen05.mma is computed under ASSAY_EMULATE_MMA=model only");
  }
}

TEST(TensorMmaFindings, AreOfStoresThatNoProxyFenceShows) {
  MmaText text;
  text.fence = "";
  MmaMemory memory(f16_case());
  memory.stage[8192 + 5] = 1;  // of B
  expect_finding(MmaKernel(f16_case(), text).run(memory), FindingKind::missing_async_wait,
                 "with no fence.proxy.async between");
  // Bytes that are not read, here of A's third chunk, need no fence.
  memory.stage[8192 + 5] = 0;
  memory.stage[6000] = 1;
  EXPECT_TRUE(MmaKernel(f16_case(), text).run(memory).findings.empty());
}

// Only the padding of FP4 elements may be uninitialized: 8 of 16 bytes.
TEST(TensorMmaFindings, AreOfSharedMemoryThatNothingHasWritten) {
  MmaCase fp4 = {.kind = "f8f6f4", .scale_vector = "", .a = Format::e2m1, .b = Format::e2m1};
  fp4.k = 32;
  MmaCase fp6 = fp4;
  fp6.a = fp6.b = Format::e3m2;
  for (const auto& [mma, written, is_found] :
       {std::tuple(f16_case(), 8, true), std::tuple(fp4, 8, false), std::tuple(fp6, 8, true),
        std::tuple(fp6, 12, false), std::tuple(f16_case(), 16, false)}) {
    std::string body = mma_body(mma, {});
    const std::string vector = "{%r4, %r5, %r6, %r7};";
    for (std::size_t at = 0; (at = body.find("st.shared.v4.u32", at)) != std::string::npos;) {
      const std::size_t end = body.find(vector, at) + vector.size();
      const std::string place =
          body.substr(body.find('[', at), body.find(']', at) - body.find('[', at));
      std::string stores = "st.shared.v2.u32 " + place + "], {%r4, %r5};\n";
      if (written > 8) stores += "st.shared.u32 " + place + "+8], %r6;\n";
      if (written > 12) stores += "st.shared.u32 " + place + "+12], %r7;\n";
      body.replace(at, end - at, stores);
      at += stores.size();
    }
    TestKernel kernel(body, kTensorGlobals);
    kernel.options.mma = MmaPolicy::model;
    const TensorOutcome outcome = run_tensor(kernel, 128, MmaMemory(mma).words(), 128 * 16);
    if (is_found) {
      expect_finding(outcome, FindingKind::uninitialized_read, "");
    } else {
      EXPECT_TRUE(outcome.findings.empty()) << outcome.texts;
    }
  }
}

// The thread that issues it reads the matrices; who waits for its commit may overwrite them.
TEST(TensorCommit, OrdersWhatFollowsTheWaitBehindTheReads) {
  const std::string overwrite = "setp.eq.u32 %p6, %i, 64;\n@%p6 st.shared.u32 [stage], %i;\n";
  MmaText text;
  text.after_commit = overwrite;
  const TensorOutcome early = run(f16_case(), text);
  ASSERT_FALSE(early.findings.empty());
  EXPECT_EQ(early.findings[0].kind, FindingKind::race) << early.texts;
  std::string body = mma_body(f16_case(), {});
  const std::string wait = "@!%p5 bra WAIT;\n";
  body.insert(body.find(wait) + wait.size(), overwrite);
  TestKernel kernel(body, kTensorGlobals);
  kernel.options.mma = MmaPolicy::model;
  const TensorOutcome outcome = run_tensor(kernel, 128, MmaMemory(f16_case()).words(), 128 * 16);
  EXPECT_TRUE(outcome.findings.empty()) << outcome.texts;
}

TEST(TensorCommit, ArrivesOnceForEachThread) {
  const std::string init =
      "setp.eq.u32 %p2, %i, 0;\n"
      "@%p2 mbarrier.init.shared::cta.b64 [barrier], {};\nbar.sync 0;\n";
  const std::string commit =
      "tcgen05.commit.cta_group::1.mbarrier::arrive::one.shared::cluster.b64 [barrier];\n";
  const std::string wait =
      "WAIT: mbarrier.try_wait.parity.shared::cta.b64 %p5, [barrier], 0;\n@!%p5 bra WAIT;\n";
  EXPECT_TRUE(run_tensor(fmt::format(fmt::runtime(init), 32) + commit + wait, 32).findings.empty());
  expect_finding(run_tensor(fmt::format(fmt::runtime(init), 33) + commit + wait, 32),
                 FindingKind::deadlock, "lacks 1 of 33 arrivals");
  expect_finding(run_tensor(fmt::format(fmt::runtime(init), 1) + commit, 32),
                 FindingKind::invalid_mbarrier, "arrives in phase 1");
  expect_finding(run_tensor(commit, 32), FindingKind::invalid_mbarrier, "there is no valid");
  const std::string generic =
      "mov.u32 %r1, barrier;\ncvt.u64.u32 %rd1, %r1;\ncvta.shared.u64 %rd1, %rd1;\n"
      "@%p2 tcgen05.commit.cta_group::1.mbarrier::arrive::one.b64 [%rd1];\n";
  EXPECT_TRUE(run_tensor(fmt::format(fmt::runtime(init), 1) + generic + wait, 32).findings.empty());
}

}  // namespace
}  // namespace assay::emulator
