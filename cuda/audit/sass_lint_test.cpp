// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/sass_lint.hpp"

#include <gtest/gtest.h>

namespace assay::audit {
namespace {

const SassHistogram kHistogram{
    110, {{"a", 3, {{"LDL", 2}, {"STL", 1}}, 40, 16}, {"b", 1, {{"FFMA", 1}}, 8, 0}}};

std::vector<std::string> messages(const Budget* budget, const std::set<LintRule>& allowed = {}) {
  std::vector<std::string> texts;
  for (const LintFinding& finding : lint_sass(kHistogram, budget, allowed))
    texts.push_back(std::string(lint_rule_name(finding.rule)) + " " + finding.kernel + ": " +
                    finding.message);
  return texts;
}

Budget budget_of(KernelLimits kernels) {
  Budget budget;
  budget.kernels = std::move(kernels);
  return budget;
}

using Texts = std::vector<std::string>;

TEST(SassLint, LocalMemoryIsAFindingUnlessABudgetSpeaksOfIt) {
  const Texts local{"local_memory a: 2 loads and 1 stores of local memory"};
  EXPECT_EQ(messages(nullptr), local);
  const Budget silent = budget_of({{"a", {{"FFMA", {0, 0}}}}});
  const Budget other = budget_of({{"b", {{"LDL", {0, 0}}}}});
  EXPECT_EQ(messages(&silent), local);
  EXPECT_EQ(messages(&other), local);
  const Budget meant = budget_of({{"a", {{"local_accesses", {0, 3}}}}});
  EXPECT_EQ(messages(&meant), Texts{});
  Budget recorded;
  recorded.targets[110] = {{"a", {{"LDL", {2, 2}}}}, {"b", {}}};
  EXPECT_EQ(messages(&recorded), Texts{});
  recorded.compiler = "another";  // speaks of nothing that is here
  EXPECT_EQ(messages(&recorded), local);
  EXPECT_EQ(messages(nullptr, {LintRule::local_memory}), Texts{});
}

TEST(SassLint, ABrokenBudgetIsAFinding) {
  const Budget budget = budget_of({{"a", {{"LDL", {1, 1}}}}, {"b", {{"FFMA", {2, {}}}}}});
  EXPECT_EQ(messages(&budget),
            (Texts{"budget a: LDL: 2, expected 1", "budget b: FFMA: 1, expected at least 2"}));
  EXPECT_EQ(messages(&budget, {LintRule::budget}), Texts{});
}

}  // namespace
}  // namespace assay::audit
