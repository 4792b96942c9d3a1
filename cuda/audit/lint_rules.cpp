// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/lint_rules.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cuda/audit/target_table.hpp"
#include "reference/suggest.hpp"

namespace assay::audit {
namespace {

// The chapters of PTX ISA 9.0's instruction set.
const std::vector<std::string>& known_opcodes() {
  static const std::vector<std::string> opcodes{
      "abs",          "activemask",    "add",       "addc",       "alloca",
      "and",          "applypriority", "atom",      "bar",        "barrier",
      "bfe",          "bfi",           "bfind",     "bmsk",       "bra",
      "brev",         "brkpt",         "brx",       "call",       "clusterlaunchcontrol",
      "clz",          "cnot",          "copysign",  "cos",        "cp",
      "createpolicy", "cvt",           "cvta",      "discard",    "div",
      "dp2a",         "dp4a",          "elect",     "ex2",        "exit",
      "fence",        "fma",           "fns",       "getctarank", "griddepcontrol",
      "isspacep",     "istypep",       "ld",        "ldmatrix",   "ldu",
      "lg2",          "lop3",          "mad",       "mad24",      "madc",
      "mapa",         "match",         "max",       "mbarrier",   "membar",
      "min",          "mma",           "mov",       "movmatrix",  "mul",
      "mul24",        "multimem",      "nanosleep", "neg",        "not",
      "or",           "pmevent",       "popc",      "prefetch",   "prefetchu",
      "prmt",         "rcp",           "red",       "redux",      "rem",
      "ret",          "rsqrt",         "sad",       "selp",       "set",
      "setmaxnreg",   "setp",          "shf",       "shfl",       "shl",
      "shr",          "sin",           "slct",      "sqrt",       "st",
      "stackrestore", "stacksave",     "stmatrix",  "sub",        "subc",
      "suld",         "suq",           "sured",     "sust",       "szext",
      "tanh",         "tcgen05",       "tensormap", "testp",      "tex",
      "tld4",         "trap",          "txq",       "vabsdiff",   "vabsdiff2",
      "vabsdiff4",    "vadd",          "vadd2",     "vadd4",      "vavrg2",
      "vavrg4",       "vmad",          "vmax",      "vmax2",      "vmax4",
      "vmin",         "vmin2",         "vmin4",     "vote",       "vset",
      "vset2",        "vset4",         "vshl",      "vshr",       "vsub",
      "vsub2",        "vsub4",         "wgmma",     "wmma",       "xor"};
  return opcodes;
}

std::optional<RuleFinding> approximation(const ptx::Instruction& instruction) {
  const std::string& opcode = instruction.opcode;
  const bool is_approximate = instruction.has("approx");
  if ((opcode == "div" && instruction.has("full")) ||
      ((opcode == "div" || opcode == "rcp") && is_approximate))
    return RuleFinding{LintRule::division, "its error is bounded, its bits are not specified",
                       "use div.rn or rcp.rn (__fdiv_rn, __frcp_rn, or / without -prec-div=false "
                       "and -use_fast_math)"};
  if (opcode == "sqrt" && is_approximate)
    return RuleFinding{LintRule::sqrt, "its error is bounded, its bits are not specified",
                       "use sqrt.rn (__fsqrt_rn, or sqrtf without -prec-sqrt=false and "
                       "-use_fast_math)"};
  if (is_approximate)
    return RuleFinding{LintRule::approx, "its error is bounded, its bits are not specified",
                       "use a function of your own made of fma.rn (expf, logf and sinf contain "
                       "such instructions, whatever the options)"};
  return std::nullopt;
}

// atom and red: "atom.add.f32 on global memory flushes subnormal inputs and results" (PTX ISA 9.0,
// atom); a generic address may be global.
bool flushes_in_memory(const ptx::Instruction& instruction) {
  if (instruction.opcode != "atom" && instruction.opcode != "red") return false;
  const bool is_shared = instruction.has("shared") || instruction.has("shared::cta") ||
                         instruction.has("shared::cluster");
  return instruction.has("add") && instruction.has("f32") && !is_shared;
}

std::optional<RuleFinding> flushing(const ptx::Instruction& instruction) {
  if (instruction.has("ftz"))
    return RuleFinding{LintRule::ftz, "subnormal inputs and results become zero",
                       "compile without -ftz=true and -use_fast_math"};
  if (flushes_in_memory(instruction))
    return RuleFinding{LintRule::ftz,
                       "on global memory, subnormal inputs and results become zero, and the order "
                       "of the additions is not specified",
                       "add in an order of your own, without atomics"};
  return std::nullopt;
}

// "sm_100a, sm_110a"; "sm_90 and later"; "no target".
std::string targets_text(std::string_view targets) {
  if (targets.empty()) return "no target";
  if (targets.ends_with('+'))
    return fmt::format("sm_{} and later", targets.substr(0, targets.size() - 1));
  std::string text = "sm_" + std::string(targets);
  for (std::size_t at = text.find(' '); at != text.npos; at = text.find(' ', at + 2))
    text.replace(at, 1, ", sm_");
  return text;
}

}  // namespace

std::vector<RuleFinding> precision_findings(const ptx::Instruction& instruction) {
  std::vector<RuleFinding> findings;
  for (const auto& rule : {approximation, flushing})
    if (auto finding = rule(instruction)) findings.push_back(*std::move(finding));
  return findings;
}

std::vector<RuleFinding> target_findings(const ptx::Instruction& instruction,
                                         const std::string& target) {
  for (const FormRow& row : form_rows())
    if (matches(row, instruction) && !has_target(row.targets, target))
      return {{LintRule::target, fmt::format("{} does not have \"{}\"", target, row.form),
               fmt::format("compile for {}", targets_text(row.targets))}};
  for (const ExpansionRow& expansion : expansion_rows())
    if (matches(expansion.row, instruction) && !has_target(expansion.row.targets, target))
      return {{LintRule::expansion,
               fmt::format("{} executes it as {}", target, expansion.consequence),
               "use an mma of the machine's own: f16, bf16, tf32 or s8"}};
  return {};
}

bool is_software_conversion(const ptx::Instruction& instruction, std::string_view file) {
  constexpr std::array<std::string_view, 3> kHeaders{"cuda_fp4.hpp", "cuda_fp6.hpp",
                                                     "cuda_fp8.hpp"};
  return instruction.has("f64") && std::ranges::any_of(kHeaders, [&](std::string_view header) {
           return file.ends_with(header);
         });
}

bool contains_form(const ptx::Instruction& instruction, std::string_view form) {
  const std::string spelled = '.' + instruction.spelled() + '.';
  std::size_t from = 0;
  while (!form.empty()) {
    const std::size_t end = std::min(form.find('.'), form.size());
    const std::string word = fmt::format(".{}.", form.substr(0, end));
    const std::size_t at = spelled.find(word, from);
    if (at == spelled.npos) return false;
    from = at + word.size() - 1;
    form.remove_prefix(std::min(end + 1, form.size()));
  }
  return true;
}

Status check_opcode(const ptx::Instruction& instruction, std::string_view module_name) {
  if (std::ranges::find(known_opcodes(), instruction.opcode) != known_opcodes().end()) return {};
  return fail(ErrorCode::usage, "{}:{}: {}: PTX has no such instruction{}", module_name,
              instruction.line, instruction.spelled(),
              did_you_mean(instruction.opcode, known_opcodes()));
}

}  // namespace assay::audit
