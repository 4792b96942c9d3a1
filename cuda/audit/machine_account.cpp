// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/machine_account.hpp"

#include <algorithm>
#include <array>

#include "cuda/audit/lint_rules.hpp"

namespace assay::audit {
namespace {

struct Part {
  std::string_view opcode;
  std::uint64_t each = 0, once = 0;  // at every place; a kernel
};

struct Row {
  std::string_view form;  // as in contains_form
  std::array<Part, 4> parts;
};

constexpr auto kRows = std::to_array<Row>({
    {"fma.f32", {{{"FFMA", 1}}}},
    {"mul.f32", {{{"FMUL", 1}}}},
    {"add.f32", {{{"FADD", 1}}}},
    {"sub.f32", {{{"FADD", 1}}}},
    {"fma.f64", {{{"DFMA", 1}}}},
    {"mul.f64", {{{"DMUL", 1}}}},
    {"add.f64", {{{"DADD", 1}}}},
    {"sub.f64", {{{"DADD", 1}}}},
    {"div.rn.f32", {{{"FFMA", 5, 12}, {"FADD", 0, 2}}}},
    {"rcp.rn.f32", {{{"FFMA", 2, 7}, {"FADD", 1, 2}}}},
    {"sqrt.rn.f32", {{{"FFMA", 2, 3}, {"FMUL", 2, 3}, {"FADD", 0, 2}}}},
    {"div.rn.f64", {{{"DFMA", 7, 10}, {"DMUL", 1, 4}, {"FFMA", 1}}}},
    {"rcp.rn.f64", {{{"DFMA", 5, 13}, {"DMUL", 0, 3}}}},
    {"sqrt.rn.f64", {{{"DFMA", 5, 7}, {"DMUL", 3, 4}, {"DADD", 0, 1}}}},
    {"mma.sync.m16n8k16.f32.f16.f16.f32", {{{"HMMA", 1}}}},
    {"cvt.e2m1x2", {{{"F2FP", 1}}}},
    {"cvt.e4m3x2", {{{"F2FP", 1}}}},
    {"cvt.e5m2x2", {{{"F2FP", 1}}}},
    {"cvt.ue8m0x2", {{{"F2FP", 1}}}},
    {"cvt.f16x2.f32", {{{"F2FP", 1}}}},
    {"cvt.bf16x2.f32", {{{"F2FP", 1}}}},
});

// What becomes an instruction, or vanishes into another.
constexpr auto kUncertainRows = std::to_array<Row>({
    {"neg.f32", {{{"FADD", 1}}}},
    {"abs.f32", {{{"FADD", 1}}}},
    {"neg.f64", {{{"DADD", 1}}}},
    {"abs.f64", {{{"DADD", 1}}}},
    {"cvt.f16.f32", {{{"F2FP", 1}}}},
    {"cvt.bf16.f32", {{{"F2FP", 1}}}},
});

using Functions = std::vector<const ptx::Function*>;

std::uint64_t places(const Functions& functions, std::string_view form) {
  std::uint64_t count = 0;
  for (const ptx::Function* function : functions)
    for (const ptx::Instruction& instruction : function->body)
      count += form.starts_with(instruction.opcode) && contains_form(instruction, form);
  return count;
}

// Adds the function, unless it is there, and what it calls. False: nobody knows what that is.
bool add_with_called(const ptx::Module& module, const ptx::Function& function,
                     Functions& functions) {
  if (std::ranges::find(functions, &function) != functions.end()) return true;
  functions.push_back(&function);
  return std::ranges::all_of(function.body, [&](const ptx::Instruction& instruction) {
    if (instruction.opcode != "call") return true;
    const auto called =
        std::ranges::find(instruction.operands, ptx::Operand::Kind::function, &ptx::Operand::kind);
    if (called == instruction.operands.end()) return false;
    const ptx::Function& next = module.functions[static_cast<std::size_t>(called->index)];
    return next.has_body && add_with_called(module, next, functions);
  });
}

bool has_packed(const Functions& functions) {
  return std::ranges::any_of(functions, [](const ptx::Function* function) {
    return std::ranges::any_of(function->body, [](const ptx::Instruction& instruction) {
      return instruction.has("f32x2");
    });
  });
}

}  // namespace

const std::vector<std::string_view>& accounted_opcodes() {
  static const std::vector<std::string_view> opcodes{"DADD", "DFMA", "DMUL", "F2FP",
                                                     "FADD", "FFMA", "FMUL", "HMMA"};
  return opcodes;
}

std::optional<std::map<std::string, Range>> machine_account(const ptx::Module& module,
                                                            const ptx::Function& function) {
  Functions functions;
  if (!add_with_called(module, function, functions) || has_packed(functions)) return std::nullopt;
  std::map<std::string, Range> account;
  for (const std::string_view opcode : accounted_opcodes())
    account[std::string(opcode)] = {0, 0};
  for (const Row& row : kRows) {
    const std::uint64_t count = places(functions, row.form);
    for (const Part& part : row.parts) {
      if (part.opcode.empty() || count == 0) continue;
      Range& range = account[std::string(part.opcode)];
      *range.min += count * part.each + part.once;
      *range.max += count * part.each + part.once;
    }
  }
  for (const Row& row : kUncertainRows)
    *account[std::string(row.parts[0].opcode)].max += places(functions, row.form);
  if (places(functions, "div.rn.f32") == 1) *account["FFMA"].min -= 1;
  return account;
}

}  // namespace assay::audit
