// SPDX-License-Identifier: Apache-2.0
// What the machine code of kernels is expected to consist of, as a JSON document:
//   {"schema": "assay.sass_budget/1",
//    "kernels": {"gemm": {"FFMA": 16, "HMMA": {"min": 4}, "registers": {"max": 64}, "LDL": 0}}}
// A number is exact. Besides SASS opcodes a kernel may limit "instructions", "registers",
// "stack_bytes" and "local_accesses" (LDL and STL together).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cuda/audit/sass_histogram.hpp"
#include "reference/result.hpp"

namespace assay::audit {

struct Range {
  std::optional<std::uint64_t> min, max;

  bool holds(std::uint64_t value) const {
    return value >= min.value_or(0) && (!max || value <= *max);
  }
  std::string text() const;  // "16", "at least 4", "at most 64", "2 to 4"
};

struct Budget {
  std::map<std::string, std::map<std::string, Range>> kernels;
};

struct BudgetFinding {
  std::string kernel;
  std::string message;  // "FFMA: 18, expected 16"
};

// Errors (usage) name `name` and the kernel: not JSON; another schema; an unknown field or quantity
// (with the closest known one); a range that is empty.
Result<Budget> parse_budget(std::string_view text, const std::string& name);

// Kernels without a budget are free; a budget whose kernel is missing is a finding, too.
std::vector<BudgetFinding> check_budget(const Budget& budget, const SassHistogram& histogram);

}  // namespace assay::audit
