// SPDX-License-Identifier: Apache-2.0
// What `assay lint` found in the parts of one file, as text and as JSON (docs/lint.md).
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cuda/audit/file_lint.hpp"

namespace assay::cli {

struct LintSummary {
  std::string file;
  std::vector<audit::LintedPart> parts;

  std::size_t findings() const;
  nlohmann::json json(bool with_opcodes) const;
  // Findings, then a table of kernels (machine code), then a line of totals for each part.
  std::string text(bool with_opcodes) const;
};

}  // namespace assay::cli
