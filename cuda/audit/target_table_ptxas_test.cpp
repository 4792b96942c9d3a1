// SPDX-License-Identifier: Apache-2.0
// Oracle: ptxas, which takes or refuses each row's probe for each target. Skipped where it is not
// installed.
#include <gtest/gtest.h>
#include <tbb/parallel_for.h>

#include "cuda/audit/sass_histogram.hpp"
#include "cuda/audit/target_table.hpp"
#include "cuda/audit/test_ptxas.hpp"

namespace assay::audit {
namespace {

std::string probe(const FormRow& row, const std::string& target, const char* inputs = "") {
  return probe_module(target, inputs + std::string(row.probe));
}

TEST(TargetTable, PtxasAgreesWithEveryRowForEveryTarget) {
  if (!has_ptxas()) GTEST_SKIP() << "ptxas is not installed";
  const auto rows = form_rows();
  tbb::parallel_for(std::size_t{0}, rows.size(), [&](std::size_t i) {
    for (const std::string& target : known_targets())
      EXPECT_EQ(assemble(target, probe(rows[i], target)).has_value(),
                has_target(rows[i].targets, target))
          << rows[i].form << " for " << target;
  });
}

// Where the machine has the instruction, the code has it (on sm_75 in steps) and calls no
// subroutine.
TEST(TargetTable, PtxasExpandsWhatTheTableSays) {
  if (!has_ptxas()) GTEST_SKIP() << "ptxas is not installed";
  for (const ExpansionRow& expansion : expansion_rows()) {
    for (const std::string& target : known_targets()) {
      const auto cubin = assemble(
          target, probe(expansion.row, target,
                        "ld.param.u64 d0,[o]; cvta.to.global.u64 d0,d0;\n"
                        "ld.global.v4.u32 {r0,r1,r2,r3},[d0]; ld.global.v2.u32 {r4,r5},[d0+16];\n"
                        "ld.global.v4.f32 {f0,f1,f2,f3},[d0+32];\n"));
      if (!cubin) continue;
      const auto histogram = sass_histogram(std::as_bytes(std::span(*cubin)), "k.cubin");
      ASSERT_TRUE(histogram) << histogram.error().message;
      const auto kernel = std::ranges::find(histogram->kernels, "k", &KernelSass::name);
      EXPECT_EQ(kernel->count(expansion.opcode) > 0 && kernel->count("CALL") == 0,
                has_target(expansion.row.targets, target))
          << expansion.row.form << " for " << target;
    }
  }
}

}  // namespace
}  // namespace assay::audit
