// SPDX-License-Identifier: Apache-2.0
// Oracle: PTX ISA 9.0 on mul and add without rounding modifiers, and what ptxas fuses
// (contraction_ptxas_test.cpp).
#include "cuda/audit/contraction.hpp"

#include <gtest/gtest.h>

#include "cuda/audit/test_contraction_cases.hpp"
#include "cuda/audit/test_ptxas.hpp"
#include "cuda/emulator/ptx/parse.hpp"

namespace assay::audit {
namespace {

TEST(Contraction, FindsTheProductsThatReachAnAddition) {
  for (const ContractionCase& a_case : kContractionCases) {
    const auto module = ptx::parse(probe_module("sm_110a", kProbeInputs + a_case.body), "probe");
    ASSERT_TRUE(module) << module.error().message;
    EXPECT_EQ(contractible_pairs(module->functions.at(0)).size(), a_case.pairs) << a_case.body;
  }
}

TEST(Contraction, NamesBothSides) {
  const auto module = ptx::parse(
      probe_module("sm_110a", "mul.f32 f8,f0,f1;\nmul.f32 f7,f2,f3;\nsub.f32 f9,f8,f7;"), "probe");
  ASSERT_TRUE(module) << module.error().message;
  const auto pairs = contractible_pairs(module->functions.at(0));
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_EQ(pairs[0].multiply->line + 2, pairs[0].add->line);
  EXPECT_EQ(pairs[1].multiply->line + 1, pairs[1].add->line);
  EXPECT_EQ(pairs[0].add->opcode, "sub");
}

}  // namespace
}  // namespace assay::audit
