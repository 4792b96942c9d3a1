// SPDX-License-Identifier: Apache-2.0
// For tests: the budget of a family of kernels, and what lint finds in an image of it.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cuda/audit/file_lint.hpp"

namespace assay::cuda {

inline std::string budget_path(std::string_view family) {
  return fmt::format("{}/cuda/kernels/budgets/{}.json", ASSAY_SOURCES, family);
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// "cubin for sm_110a: budget: FFMA: 3, expected 2"; an error is a text of its own.
inline std::vector<std::string> findings_in(std::string image, std::string_view family) {
  const auto budget = audit::parse_budget(read_file(budget_path(family)), budget_path(family));
  if (!budget) return {budget.error().message};
  const auto parts = audit::split_kernel_file(std::move(image), std::string(family));
  if (!parts) return {parts.error().message};
  const auto linted = audit::lint_parts(*parts, {}, &*budget);
  if (!linted) return {linted.error().message};
  std::vector<std::string> texts;
  for (const audit::LintedPart& part : *linted)
    for (const audit::LintFinding& finding : part.report.findings)
      texts.push_back(fmt::format("{}: {}: {}: {}", part.name, lint_rule_name(finding.rule),
                                  finding.kernel, finding.message));
  return texts;
}

}  // namespace assay::cuda
