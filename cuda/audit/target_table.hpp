// SPDX-License-Identifier: Apache-2.0
// Which forms of instructions which targets have, and which of them ptxas makes of other
// instructions. Measured with ptxas 13.0.88: each row has the PTX it was measured with, and
// target_table_ptxas_test.cpp assembles all of them for all targets again where ptxas is installed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cuda/emulator/ptx/ast.hpp"

namespace assay::audit {

// A form is an opcode ("*": any) and modifiers that all occur, in any order: "cvt e2m1x2".
// Targets are a list ("100a 110a") or everything from one on ("90+"). An instruction may match
// several rows and must satisfy all.
struct FormRow {
  std::string_view form;
  std::string_view targets;
  std::string_view probe;
  std::size_t operands = 0;  // matches only so many operands; 0: any number
};

// Forms that not all targets have.
std::span<const FormRow> form_rows();

// Forms that machine code has (`targets`) or that ptxas makes of several other instructions
// (elsewhere). `opcode`: SASS of the machine's own instruction. `consequence`: of the expansion.
struct ExpansionRow {
  FormRow row;
  std::string_view opcode;
  std::string_view consequence;
};
std::span<const ExpansionRow> expansion_rows();

// "sm_75", ..., "sm_121f": the targets of the table, in the order of capabilities.
const std::vector<std::string>& known_targets();

bool has_target(std::string_view targets, std::string_view target);
bool matches(const FormRow& row, const ptx::Instruction& instruction);

}  // namespace assay::audit
