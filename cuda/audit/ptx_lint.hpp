// SPDX-License-Identifier: Apache-2.0
// The linter's findings; and what in PTX makes results unspecified, different between machines, or
// impossible to assemble: for kernels whose bits are to be reproducible. Rules and their sources:
// docs/lint.md.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cuda/emulator/ptx/ast.hpp"
#include "reference/result.hpp"

namespace assay::audit {

enum class LintRule {
  contraction,          // mul and add that may become one fma
  approx,               // ex2, lg2, sin, cos, tanh, rsqrt
  ftz,                  // subnormals become zero
  division,             // div.full, div.approx, rcp.approx
  sqrt,                 // sqrt.approx
  target,               // the target does not have the form
  expansion,            // the target has the form as several other instructions only
  software_conversion,  // cuda_fp4.h, cuda_fp6.h, cuda_fp8.h through binary64
  require,              // a form that had to occur is missing
  local_memory,         // machine code: loads or stores of local memory
  budget,               // machine code: another count than the budget's
};

std::string_view lint_rule_name(LintRule rule);
std::vector<std::string> lint_rule_names();
// Error (usage): unknown, with the closest name.
Result<LintRule> parse_lint_rule(const std::string& name);

struct LintOptions {
  std::vector<std::string> targets;   // "sm_110a"; empty: the module's own
  std::vector<std::string> required;  // "e2m1x2", "cvt.rn.satfinite.e2m1x2": what must occur
  std::set<LintRule> allowed;         // rules that are not applied
};

// Where an instruction stands. Without .loc lines there is no source.
struct LintPlace {
  std::string instruction;  // "mul.f32"
  int ptx_line = 0;
  std::string file;  // the innermost .loc
  int line = 0;
  std::string inlined_at_file;  // where that was inlined, if it was
  int inlined_at_line = 0;
};

struct LintFinding {
  LintRule rule = LintRule::contraction;
  std::string kernel;              // empty: of the module
  LintPlace place;                 // of no instruction: line 0
  std::optional<LintPlace> other;  // of a contraction: the multiplication
  std::string message;             // what is wrong
  std::string advice;              // what to do

  // "kernel.ptx:12: contraction: ...", further lines indented.
  std::string text(std::string_view ptx_name) const;
};

struct LintReport {
  std::vector<LintFinding> findings;   // by function, then line
  std::vector<std::string> unchecked;  // rules that could not be applied, and why
  std::vector<std::string> targets;    // checked against
};

// Errors (usage): an instruction that PTX does not have; an unknown target or empty form.
Result<LintReport> lint(const ptx::Module& module, const LintOptions& options);

}  // namespace assay::audit
