// SPDX-License-Identifier: Apache-2.0
// What of tcgen05 is refused when a module is loaded, and why; and that ptxas, where it is
// installed, takes the kernels of the tests. Spellings: ptxas_forms_test.cpp.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cuda/emulator/instructions/tcgen05_mma_case.hpp"

namespace assay::emulator {
namespace {

std::string refusal(const std::string& instruction, const std::string& target = "sm_110a") {
  try {
    const TestKernel kernel(instruction, kTensorGlobals, target);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(TensorRefusals, SayWhatIsMissing) {
  const std::string mma = "tcgen05.mma.cta_group::1.kind::f16 [%r1], %rd1, %rd2, %r2, ";
  for (const auto& [instruction, part] : std::vector<std::pair<std::string, std::string>>{
           {"tcgen05.alloc.cta_group::2.sync.aligned.shared::cta.b32 [slot], 32;",
            "pairs of blocks (.cta_group::2) are not supported"},
           {"tcgen05.mma.cta_group::2.kind::f16 [%r1], %rd1, %rd2, %r2, %p1;", "pairs of blocks"},
           {"tcgen05.cp.cta_group::1.128x256b [%r1], %rd1;",
            "copies from shared memory to tensor memory"},
           {"tcgen05.shift.cta_group::1.down [%r1];", "shifts of tensor memory"},
           {"tcgen05.ld.sync.aligned.16x64b.x1.b32 {%r1}, [%r2];", "shapes other than .32x32b"},
           {"tcgen05.st.sync.aligned.16x128b.x1.b32 [%r2], {%r1, %r3};",
            "shapes other than .32x32b"},
           {"tcgen05.ld.sync.aligned.16x32bx2.x1.b32 {%r1}, [%r2], 8;",
            "shapes other than .32x32b"},
           {"tcgen05.ld.sync.aligned.32x32b.x2.pack::16b.b32 {%r1, %r3}, [%r2];",
            ".pack::16b is not supported"},
           {"tcgen05.st.sync.aligned.32x32b.x1.unpack::16b.b32 [%r2], {%r1};",
            ".unpack::16b is not supported"},
           {"tcgen05.ld.red.sync.aligned.32x32b.x2.min.u32 {%r1, %r3}, %r4, [%r2];",
            "loads with a reduction (.red)"},
           {"tcgen05.commit.cta_group::1.mbarrier::arrive::one.shared::cluster.multicast::cluster."
            "b64 [barrier], %h1;",
            "clusters of more than one block"},
           {mma + "{%r3, %r4, %r5, %r6}, %p1;", "disable-output-lane is not supported"},
           {"tcgen05.mma.cta_group::1.kind::f16 [%r1], [%r3], %rd2, %r2, %p1;",
            "A in tensor memory is not supported"},
           {"tcgen05.mma.cta_group::1.kind::i8 [%r1], %rd1, %rd2, %r2, %p1;",
            "integers are not supported"},
           {"tcgen05.mma.sp.cta_group::1.kind::f16 [%r1], %rd1, %rd2, [%r3], %r2, %p1;",
            "sparse matrices are not supported"},
           {"tcgen05.mma.ws.cta_group::1.kind::f16 [%r1], %rd1, %rd2, %r2, %p1;",
            "weight-stationary forms are not supported"},
           {"tcgen05.mma.cta_group::1.kind::f16.ashift [%r1], [%r3], %rd2, %r2, %p1;",
            "shifted rows are not supported"},
           {"tcgen05.mma.cta_group::1.kind::f16.collector::a::use [%r1], %rd1, %rd2, %r2, %p1;",
            "the modifier .collector::a::use is not supported"},
           {"tcgen05.mma.cta_group::1.kind::mxf4nvf4.block_scale.scale_vec::4X [%r1], [%r3], %rd2, "
            "%r2, [%r4], [%r5], %p1;",
            "A in tensor memory"},
           {"tcgen05.noop.cta_group::1;", "there is no tcgen05.noop"},
       }) {
    const std::string text = refusal(instruction);
    EXPECT_NE(text.find(part), std::string::npos) << instruction << "\n" << text;
    EXPECT_NE(text.find("test.ptx:"), std::string::npos) << text;
  }
  EXPECT_NE(refusal(mma + "%p1, 3;", "sm_100a").find("scale-input-d is not supported"),
            std::string::npos);
}

TEST(TensorRefusals, AreOfTargetsWithoutTensorMemory) {
  for (const std::string target : {"sm_110", "sm_100", "sm_120a", "sm_90a"})
    EXPECT_NE(refusal("tcgen05.fence::before_thread_sync;", target).find("not on " + target),
              std::string::npos)
        << target;
  for (const std::string target : {"sm_100a", "sm_103a", "sm_110a", "sm_100f", "sm_110f"})
    EXPECT_EQ(refusal("tcgen05.fence::before_thread_sync;", target), "");
}

// One kernel of each kind.
TEST(TensorKernels, AreTakenByPtxas) {
  if (std::system("ptxas --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "there is no ptxas";
  struct Kind {
    const char *kind, *vector;
    std::size_t scales;
  };
  for (const Kind& kind : {Kind{"f16", "", 0}, Kind{"tf32", "", 0}, Kind{"f8f6f4", "", 0},
                           Kind{"mxf8f6f4", ".scale_vec::1X", 1}, Kind{"mxf4", "", 2},
                           Kind{"mxf4nvf4", ".scale_vec::4X", 4}}) {
    MmaCase mma{.kind = kind.kind, .scale_vector = kind.vector};
    mma.scales = kind.scales;
    for (const std::string target : {"sm_100a", "sm_103a", "sm_110a"}) {
      const auto path = std::filesystem::temp_directory_path() / ("assay_tcgen05." + target);
      std::ofstream(path) << test_module(mma_body(mma, {}), kTensorGlobals, target);
      const std::string command =
          fmt::format("ptxas -arch {} -o /dev/null {}", target, path.string());
      EXPECT_EQ(std::system(command.c_str()), 0) << kind.kind << " for " << target;
      std::filesystem::remove(path);
    }
  }
}

}  // namespace
}  // namespace assay::emulator
