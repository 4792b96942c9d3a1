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

TEST(Budget, ErrorsSayWhere) {
  const auto error = [](const std::string& text) { return error_of(parse_budget(text, "b.json")); };
  EXPECT_EQ(error(R"({"schema": "assay.sass_budget/2", "kernels": {"k": {}}})"),
            R"(usage: b.json: "schema" is not "assay.sass_budget/1")");
  EXPECT_EQ(error(document("{}")), "usage: b.json: no kernel has a budget");
  EXPECT_EQ(error(document("[]")), R"(usage: b.json: "kernels": expected an object "kernels")");
  EXPECT_EQ(error(document(R"({"k": {"LDGSTT": 1}})")),
            R"(usage: b.json: kernel "k": unknown quantity "LDGSTT" (did you mean "LDGSTS"?))");
  EXPECT_EQ(error(document(R"({"k": {"FFMA": -1}})")),
            R"(usage: b.json: kernel "k": FFMA: -1 is no count and no {"min": N, "max": N})");
  EXPECT_EQ(error(document(R"({"k": {"FFMA": {"most": 1}}})")),
            R"(usage: b.json: kernel "k": FFMA: "most": 1 is not understood)");
  EXPECT_EQ(error(document(R"({"k": {"FFMA": {"min": 2, "max": 1}}})")),
            R"(usage: b.json: kernel "k": FFMA: no number is 2 to 1)");
  EXPECT_NE(error("{").find("usage: b.json"), std::string::npos);
}

}  // namespace
}  // namespace assay::audit
