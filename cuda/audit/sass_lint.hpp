// SPDX-License-Identifier: Apache-2.0
// What in machine code deserves a look: local memory, and what a budget does not allow.
#pragma once

#include <set>
#include <vector>

#include "cuda/audit/budget.hpp"
#include "cuda/audit/ptx_lint.hpp"
#include "cuda/audit/sass_histogram.hpp"

namespace assay::audit {

// `budget` may be null. A kernel whose budget speaks of LDL, STL or local_accesses is judged by
// that alone.
std::vector<LintFinding> lint_sass(const SassHistogram& histogram, const Budget* budget,
                                   const std::set<LintRule>& allowed);

}  // namespace assay::audit
