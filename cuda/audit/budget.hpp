// SPDX-License-Identifier: Apache-2.0
// What the machine code of kernels is expected to consist of, as a JSON document:
//   {"schema": "assay.sass_budget/1",
//    "kernels": {"gemm": {"FFMA": 16, "HMMA": {"min": 4}, "registers": {"max": 64}, "LDL": 0}}}
// Everything that it may say: docs/lint.md, section Budgets.
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

// Limits of quantities, by kernel. Besides SASS opcodes there are "instructions", "registers",
// "stack_bytes", "shared_bytes" and "local_accesses" (LDL and STL together).
using KernelLimits = std::map<std::string, std::map<std::string, Range>>;

struct Budget {
  KernelLimits kernels;                 // for every target
  std::map<int, KernelLimits> targets;  // by capability; if any, then every kernel of every cubin
  std::string compiler;                 // whose machine code `targets` is of; empty: any
  std::vector<std::string> as_ptx;      // opcodes that machine_account() must account for
  std::map<std::string, std::vector<std::string>> required;  // forms, by kernel, in all PTX
  bool is_ptx_identical = false;  // of all targets, but for the line .target
};

struct BudgetFinding {
  std::string kernel;
  std::string message;  // "FFMA: 18, expected 16"
};

// Errors (usage) name `name` and the kernel: not JSON; another schema; an unknown field, target,
// quantity (with the closest known one); a range that is empty; neither kernels nor targets.
Result<Budget> parse_budget(std::string_view text, const std::string& name);

// What `targets` says of the histogram's target; null where it says nothing, since that is another
// compiler's.
const KernelLimits* limits_for(const Budget& budget, const SassHistogram& histogram);

// What `kernels` and `targets` say of a cubin. A budget whose kernel is missing is a finding, too.
std::vector<BudgetFinding> check_budget(const Budget& budget, const SassHistogram& histogram);

}  // namespace assay::audit
