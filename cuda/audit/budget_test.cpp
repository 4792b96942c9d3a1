// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/budget.hpp"

#include <gtest/gtest.h>

#include "vectors/io/test_support.hpp"

namespace assay::audit {
namespace {

std::string document(const std::string& kernels) {
  return R"({"schema": "assay.sass_budget/1", "kernels": )" + kernels + "}";
}

std::vector<std::string> findings(const std::string& kernels) {
  KernelSass gemm{"gemm", 30, {{"FFMA", 16}, {"LDL", 2}, {"STL", 1}}, 40, std::nullopt};
  const auto budget = parse_budget(document(kernels), "b.json");
  EXPECT_TRUE(budget) << budget.error().message;
  std::vector<std::string> texts;
  if (!budget) return texts;
  for (const BudgetFinding& finding : check_budget(*budget, {110, {gemm}}))
    texts.push_back(finding.kernel + ": " + finding.message);
  return texts;
}

using Texts = std::vector<std::string>;

TEST(Budget, HoldsWhereEveryQuantityIsInItsRange) {
  EXPECT_EQ(findings(R"({"gemm": {"FFMA": 16, "HMMA": 0, "LDL": {"min": 2}, "STL": {"max": 1},
                                  "registers": {"min": 32, "max": 40}, "instructions": 30,
                                  "local_accesses": 3, "0x3fb": 0}})"),
            Texts{});
}

TEST(Budget, NamesWhatWasCountedAndWhatWasExpected) {
  EXPECT_EQ(findings(R"({"gemm": {"FFMA": 15, "HMMA": {"min": 1}, "local_accesses": {"max": 2},
                                  "registers": {"min": 41, "max": 50}, "stack_bytes": 0}})"),
            (Texts{"gemm: FFMA: 16, expected 15", "gemm: HMMA: 0, expected at least 1",
                   "gemm: local_accesses: 3, expected at most 2",
                   "gemm: registers: 40, expected 41 to 50",
                   "gemm: stack_bytes: not recorded, expected 0"}));
}

TEST(Budget, AKernelThatIsNotThereIsAFinding) {
  EXPECT_EQ(findings(R"({"gemv": {"FFMA": 16}})"),
            Texts{"gemv: has a budget, but is not in the file"});
}

// As findings(), of a whole document without its schema.
std::vector<std::string> findings_of(const std::string& fields, const std::string& compiler) {
  KernelSass gemm{"gemm", 30, {{"FFMA", 16}}, 40, 0};
  gemm.shared_bytes = 1088;
  const auto budget =
      parse_budget(R"({"schema": "assay.sass_budget/1", )" + fields + "}", "b.json");
  EXPECT_TRUE(budget) << budget.error().message;
  std::vector<std::string> texts;
  if (!budget) return texts;
  for (const BudgetFinding& finding : check_budget(*budget, {110, {gemm}, compiler}))
    texts.push_back(finding.kernel + ": " + finding.message);
  return texts;
}

TEST(Budget, OfATargetIsComplete) {
  EXPECT_EQ(findings_of(R"("targets": {"sm_110a": {"gemm": {"FFMA": 16, "shared_bytes": 1088}},
                                       "sm_100a": {"gemm": {"FFMA": 0}}})",
                        ""),
            Texts{});
  EXPECT_EQ(findings_of(R"("targets": {"sm_110": {"gemm": {"FFMA": 15}}})", ""),
            Texts{"gemm: FFMA: 16, expected 15"});
  EXPECT_EQ(findings_of(R"("targets": {"sm_110": {}})", ""), Texts{"gemm: has no budget"});
  EXPECT_EQ(findings_of(R"("targets": {"sm_110": {"gemm": {}, "gemv": {}}})", ""),
            Texts{"gemv: has a budget, but is not in the file"});
  EXPECT_EQ(findings_of(R"("targets": {"sm_103a": {"gemm": {}}})", ""),
            Texts{": sm_110 has no budget"});
}

TEST(Budget, OfATargetIsOfItsCompilerAlone) {
  const std::string fields =
      R"("compiler": "13.0.88", "targets": {"sm_110": {"gemm": {"FFMA": 15}}},
                                "kernels": {"gemm": {"registers": 41}})";
  EXPECT_EQ(findings_of(fields, "13.0.88"),
            (Texts{"gemm: registers: 40, expected 41", "gemm: FFMA: 16, expected 15"}));
  EXPECT_EQ(findings_of(fields, "13.1.12"), Texts{"gemm: registers: 40, expected 41"});
}

TEST(Budget, ErrorsSayWhere) {
  const auto error = [](const std::string& text) { return error_of(parse_budget(text, "b.json")); };
  EXPECT_EQ(error(R"({"schema": "assay.sass_budget/2", "kernels": {"k": {}}})"),
            R"(usage: b.json: "schema" is not "assay.sass_budget/1")");
  EXPECT_EQ(error(document("{}")), "usage: b.json: no kernel has a budget");
  EXPECT_EQ(error(document("[]")), R"(usage: b.json: "kernels": expected an object)");
  const std::string kernel = R"(usage: b.json: "kernels": kernel "k": )";
  EXPECT_EQ(error(document(R"({"k": {"LDGSTT": 1}})")),
            kernel + R"(unknown quantity "LDGSTT" (did you mean "LDGSTS"?))");
  EXPECT_EQ(error(document(R"({"k": {"FFMA": -1}})")),
            kernel + R"(FFMA: -1 is no count and no {"min": N, "max": N})");
  EXPECT_EQ(error(document(R"({"k": {"FFMA": {"most": 1}}})")),
            kernel + R"(FFMA: "most": 1 is not understood)");
  EXPECT_EQ(error(document(R"({"k": {"FFMA": {"min": 2, "max": 1}}})")),
            kernel + "FFMA: no number is 2 to 1");
  const auto field_error = [&](const std::string& field) {
    return error(R"({"schema": "assay.sass_budget/1", )" + field + "}");
  };
  EXPECT_EQ(field_error(R"("kernel": {})"), R"(usage: b.json: "kernel": {} is not understood)");
  EXPECT_EQ(field_error(R"("targets": {"110a": {}})"),
            R"(usage: b.json: "targets": "110a" is no target such as sm_110a)");
  EXPECT_EQ(field_error(R"("as_ptx": ["FFMB"])"),
            R"(usage: b.json: "as_ptx": PTX accounts for no "FFMB" (did you mean "FFMA"?))");
  EXPECT_EQ(field_error(R"("require": {"k": "cvt"})"),
            R"(usage: b.json: "require": "k": expected a list of words)");
  EXPECT_EQ(field_error(R"("identical_ptx": 1)"),
            R"(usage: b.json: "identical_ptx": 1 is not understood)");
  EXPECT_NE(error("{").find("usage: b.json"), std::string::npos);
}

}  // namespace
}  // namespace assay::audit
