// SPDX-License-Identifier: Apache-2.0
// All that can be said of a file of kernels: of each part alone, and of PTX and machine code
// beside each other.
#pragma once

#include <string>
#include <vector>

#include "cuda/audit/budget.hpp"
#include "cuda/audit/kernel_file.hpp"
#include "cuda/audit/ptx_lint.hpp"
#include "cuda/audit/sass_histogram.hpp"

namespace assay::audit {

// One PTX text or one cubin.
struct LintedPart {
  std::string name;
  LintReport report;        // of machine code, only findings
  SassHistogram histogram;  // empty of PTX
};

// In the order of the parts. `budget` may be null. Errors (usage): a part that is not understood.
Result<std::vector<LintedPart>> lint_parts(const std::vector<KernelPart>& parts,
                                           const LintOptions& options, const Budget* budget);

}  // namespace assay::audit
