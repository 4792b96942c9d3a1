// SPDX-License-Identifier: Apache-2.0
// The table's form; what it says is compared with ptxas in target_table_ptxas_test.cpp.
#include "cuda/audit/target_table.hpp"

#include <gtest/gtest.h>

#include "cuda/audit/test_ptxas.hpp"
#include "cuda/emulator/ptx/parse.hpp"

namespace assay::audit {
namespace {

// The probe's own instruction: the last but one, before ret (inputs and a store surround it).
const ptx::Instruction* find_match(const ptx::Module& module, const FormRow& row) {
  for (const ptx::Instruction& instruction : module.functions.at(0).body)
    if (matches(row, instruction)) return &instruction;
  return nullptr;
}

TEST(TargetTable, EveryProbeIsOfItsOwnRow) {
  for (const FormRow& row : form_rows()) {
    const auto module = ptx::parse(probe_module("sm_110a", std::string(row.probe)), "probe");
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

}  // namespace
}  // namespace assay::audit
