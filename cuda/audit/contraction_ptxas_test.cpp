// SPDX-License-Identifier: Apache-2.0
// Oracle: ptxas: what it fuses must be found. (What it could fuse and does not is found, too.)
#include <gtest/gtest.h>

#include "cuda/audit/sass_histogram.hpp"
#include "cuda/audit/test_contraction_cases.hpp"
#include "cuda/audit/test_ptxas.hpp"

namespace assay::audit {
namespace {

std::uint64_t floating_operations(const KernelSass& kernel) {
  std::uint64_t count = 0;
  for (const char* name : {"FADD", "FMUL", "DADD", "DMUL", "HADD2", "HMUL2", "FADD2", "FMUL2"})
    count += kernel.count(name);
  return count;
}

// An fma in the machine code of a probe that has none must have been found. HFMA2 also does
// additions and multiplications alone: for f16 the number of operations decides.
TEST(Contraction, PtxasFusesNothingThatIsNotFound) {
  if (!has_ptxas()) GTEST_SKIP() << "ptxas is not installed";
  for (const ContractionCase& a_case : kContractionCases) {
    for (const char* target : {"sm_90a", "sm_100a", "sm_103a", "sm_110a", "sm_120a"}) {
      const auto cubin = assemble(target, probe_module(target, kProbeInputs + a_case.body));
      if (!cubin) continue;  // f32x2 before sm_100
      const auto histogram = sass_histogram(std::as_bytes(std::span(*cubin)), "k.cubin");
      ASSERT_TRUE(histogram);
      const KernelSass& kernel = histogram->kernels.at(0);
      const std::uint64_t half = kernel.count("HFMA2") + kernel.count("HFMA2.MMA");
      const bool fused = kernel.count("FFMA") + kernel.count("FFMA2") + kernel.count("DFMA") > 0 ||
                         (half > 0 && half + floating_operations(kernel) < 2);
      if (fused) {
        EXPECT_GT(a_case.pairs, 0) << target << ": " << a_case.body;
      }
    }
  }
}

// The reason for the rule on f32x2: neither modifiers nor -fmad=false keep two roundings.
TEST(Contraction, PtxasFusesPackedF32DespiteModifiersAndOptions) {
  if (!has_ptxas()) GTEST_SKIP() << "ptxas is not installed";
  const std::string body =
      "mul.rn.f32x2 d8,d1,d2; add.rn.f32x2 d9,d8,d3; st.global.u64 [d0+128],d9;";
  for (const auto& [target, opcode, count] :
       {std::tuple{"sm_100a", "FFMA2", 1}, {"sm_103a", "FFMA2", 1}, {"sm_110a", "FFMA", 2}}) {
    const auto cubin = assemble(target, probe_module(target, kProbeInputs + body), " -fmad=false");
    ASSERT_TRUE(cubin);
    const auto histogram = sass_histogram(std::as_bytes(std::span(*cubin)), "k.cubin");
    ASSERT_TRUE(histogram);
    EXPECT_EQ(histogram->kernels.at(0).count(opcode), count) << target;
  }
}

}  // namespace
}  // namespace assay::audit
