// SPDX-License-Identifier: Apache-2.0
// Oracle: ptxas, which takes or refuses each row's probe for each target. Skipped where it is not
// installed.
#include "cuda/audit/target_table.hpp"

#include <gtest/gtest.h>
#include <tbb/parallel_for.h>

#include "cuda/audit/sass_histogram.hpp"
#include "cuda/audit/test_ptxas.hpp"
#include "cuda/emulator/ptx/parse.hpp"

namespace assay::audit {
namespace {

std::string probe(const FormRow& row, const std::string& target, const char* inputs = "") {
  return probe_module(target, inputs + std::string(row.probe));
}

// The probe's own instruction: the last but one, before ret (inputs and a store surround it).
const ptx::Instruction* find_match(const ptx::Module& module, const FormRow& row) {
  for (const ptx::Instruction& instruction : module.functions.at(0).body)
    if (matches(row, instruction)) return &instruction;
  return nullptr;
}

TEST(TargetTable, EveryProbeIsOfItsOwnRow) {
  for (const FormRow& row : form_rows()) {
    const auto module = ptx::parse(probe(row, "sm_110a"), "probe");
    ASSERT_TRUE(module) << module.error().message;
    EXPECT_NE(find_match(*module, row), nullptr) << row.form;
  }
}

TEST(TargetTable, FormsMatchByAllModifiersInAnyOrder) {
  ptx::Instruction instruction;
  instruction.opcode = "cvt";
  instruction.modifiers = {"rn", "satfinite", "tf32", "f32"};
  EXPECT_TRUE(matches({"cvt satfinite rn", "", ""}, instruction));
  EXPECT_TRUE(matches({"* tf32", "", ""}, instruction));
  EXPECT_TRUE(matches({"cvt", "", ""}, instruction));
  EXPECT_FALSE(matches({"cvt rna", "", ""}, instruction));
  EXPECT_FALSE(matches({"mul rn", "", ""}, instruction));
  EXPECT_FALSE(matches({"cvt", "", "", 2}, instruction));
}

TEST(TargetTable, TargetsAreListsOrEverythingFromOneOn) {
  EXPECT_TRUE(has_target("100a 110a", "sm_110a"));
  EXPECT_FALSE(has_target("100a 110a", "sm_110"));
  EXPECT_FALSE(has_target("", "sm_110"));
  EXPECT_TRUE(has_target("90+", "sm_90"));
  EXPECT_TRUE(has_target("90+", "sm_121f"));
  EXPECT_FALSE(has_target("90+", "sm_89"));
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

// Where the machine has the instruction, it is the only matrix operation; elsewhere it is missing,
// or stands with others.
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
      std::uint64_t matrix = 0;
      for (const KernelSass& kernel : histogram->kernels)
        for (const char* name : {"HMMA", "IMMA", "QMMA", "BMMA"})
          matrix += kernel.count(name);
      const std::uint64_t own = histogram->kernels.at(0).count(expansion.opcode);
      EXPECT_EQ(own == 1 && matrix == 1, has_target(expansion.row.targets, target))
          << expansion.row.form << " for " << target;
    }
  }
}

}  // namespace
}  // namespace assay::audit
