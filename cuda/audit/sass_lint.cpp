// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/sass_lint.hpp"

#include <fmt/format.h>

namespace assay::audit {
namespace {

bool speaks_of_local_memory(const KernelLimits& kernels, const std::string& kernel) {
  const auto found = kernels.find(kernel);
  if (found == kernels.end()) return false;
  return found->second.contains("LDL") || found->second.contains("STL") ||
         found->second.contains("local_accesses");
}

bool speaks_of_local_memory(const Budget* budget, const SassHistogram& histogram,
                            const std::string& kernel) {
  if (!budget) return false;
  const KernelLimits* const limits = limits_for(*budget, histogram);
  return speaks_of_local_memory(budget->kernels, kernel) ||
         (limits && speaks_of_local_memory(*limits, kernel));
}

LintFinding local_memory(const KernelSass& kernel) {
  return {LintRule::local_memory,
          kernel.name,
          {},
          std::nullopt,
          fmt::format("{} loads and {} stores of local memory", kernel.count("LDL"),
                      kernel.count("STL")),
          "look for spilled registers (ptxas -v) and arrays with computed indices; allow it in a "
          "budget if it is meant"};
}

}  // namespace

std::vector<LintFinding> lint_sass(const SassHistogram& histogram, const Budget* budget,
                                   const std::set<LintRule>& allowed) {
  std::vector<LintFinding> findings;
  if (!allowed.contains(LintRule::local_memory))
    for (const KernelSass& kernel : histogram.kernels)
      if (kernel.local_accesses() > 0 && !speaks_of_local_memory(budget, histogram, kernel.name))
        findings.push_back(local_memory(kernel));
  if (!budget || allowed.contains(LintRule::budget)) return findings;
  for (const BudgetFinding& finding : check_budget(*budget, histogram))
    findings.push_back({LintRule::budget,
                        finding.kernel,
                        {},
                        std::nullopt,
                        finding.message,
                        "find out what changed, then record the new count"});
  return findings;
}

}  // namespace assay::audit
