// SPDX-License-Identifier: Apache-2.0
// The rules that look at one instruction at a time. Sources: PTX ISA 9.0, the section of each
// instruction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cuda/audit/ptx_lint.hpp"

namespace assay::audit {

struct RuleFinding {
  LintRule rule = LintRule::approx;
  std::string message, advice;
};

// What approx, ftz, division and sqrt say of an instruction: none, one or two findings.
std::vector<RuleFinding> precision_findings(const ptx::Instruction& instruction);

// What target and expansion say of an instruction for a target.
std::vector<RuleFinding> target_findings(const ptx::Instruction& instruction,
                                         const std::string& target);

// Whether the instruction computes in binary64 for a header that converts to FP4, FP6 or FP8.
// `file` is where its .loc points.
bool is_software_conversion(const ptx::Instruction& instruction, std::string_view file);

// Whether the dotted words of a form ("cvt.e2m1x2", "e2m1x2") occur in the instruction in that
// order.
bool contains_form(const ptx::Instruction& instruction, std::string_view form);

// Error (usage): PTX ISA 9.0 has no such opcode; the message names the closest one.
Status check_opcode(const ptx::Instruction& instruction, std::string_view module_name);

}  // namespace assay::audit
