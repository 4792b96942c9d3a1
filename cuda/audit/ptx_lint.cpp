// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/ptx_lint.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "cuda/audit/contraction.hpp"
#include "cuda/audit/lint_rules.hpp"
#include "cuda/audit/target_table.hpp"
#include "reference/suggest.hpp"

namespace assay::audit {
namespace {

constexpr std::array<std::string_view, 11> kRuleNames{
    "contraction",         "approx",  "ftz",          "division", "sqrt", "target", "expansion",
    "software_conversion", "require", "local_memory", "budget"};

std::string file_name(const ptx::Module& module, int index) {
  if (index < 0 || index >= static_cast<int>(module.files.size())) return {};
  return module.files[static_cast<std::size_t>(index)];
}

std::string at_text(const std::string& file, int line) {
  return fmt::format("{}:{}", file, line);
}

std::string source_text(const LintPlace& place) {
  if (place.file.empty()) return {};
  std::string text = at_text(place.file, place.line);
  if (!place.inlined_at_file.empty())
    text += ", inlined at " + at_text(place.inlined_at_file, place.inlined_at_line);
  return text;
}

Status check_targets(const std::vector<std::string>& targets) {
  for (const std::string& target : targets)
    if (std::ranges::find(known_targets(), target) == known_targets().end())
      return fail(ErrorCode::usage, "unknown target {}{}; known are {} to {}", target,
                  did_you_mean(target, known_targets()), known_targets().front(),
                  known_targets().back());
  return {};
}

class Linter {
 public:
  Linter(const ptx::Module& module, const LintOptions& options)
      : module_(module), options_(options) {}

  Result<LintReport> run() {
    report_.targets = options_.targets;
    if (report_.targets.empty()) report_.targets = {module_.target};
    ASSAY_TRY(check_targets(report_.targets));
    for (const ptx::Function& function : module_.functions)
      ASSAY_TRY(check_function(function));
    check_required();
    if (!has_lines_)
      report_.unchecked.emplace_back(
          "software_conversion: there is no line information (nvcc -lineinfo)");
    return std::move(report_);
  }

 private:
  Status check_function(const ptx::Function& function) {
    const std::size_t first = report_.findings.size();
    for (const ptx::Instruction& instruction : function.body) {
      ASSAY_TRY(check_opcode(instruction, module_.name));
      check_instruction(function, instruction);
    }
    for (const ContractiblePair& pair : contractible_pairs(function))
      add_contraction(function, pair);
    const auto line = [](const LintFinding& finding) { return finding.place.ptx_line; };
    std::ranges::stable_sort(report_.findings.begin() + static_cast<std::ptrdiff_t>(first),
                             report_.findings.end(), {}, line);
    return {};
  }

  void check_instruction(const ptx::Function& function, const ptx::Instruction& instruction) {
    has_lines_ |= instruction.source.file >= 0;
    for (RuleFinding& finding : precision_findings(instruction))
      add(function, instruction, std::move(finding));
    for (const std::string& target : report_.targets)
      for (RuleFinding& finding : target_findings(instruction, target))
        add(function, instruction, std::move(finding));
    if (is_software_conversion(instruction, file_name(module_, instruction.source.file)))
      add(function, instruction,
          {LintRule::software_conversion, "the header converts in software, through binary64",
           "compile for a target with the conversion (sm_100a, sm_103a, sm_110a, sm_120a or their "
           "families), convert from binary32 or binary16, and saturate"});
  }

  void add(const ptx::Function& function, const ptx::Instruction& instruction,
           RuleFinding finding) {
    if (options_.allowed.contains(finding.rule)) return;
    report_.findings.push_back({finding.rule, function.name, place_of(function, instruction),
                                std::nullopt, std::move(finding.message),
                                std::move(finding.advice)});
  }

  void add_contraction(const ptx::Function& function, const ContractiblePair& pair) {
    const bool is_packed = pair.multiply->has("f32x2") || pair.add->has("f32x2");
    add(function, *pair.add,
        {LintRule::contraction,
         fmt::format("and {} on line {} may become one fma, which rounds once",
                     pair.multiply->spelled(), pair.multiply->line),
         is_packed
             ? "write fma.rn.f32x2, or scalar mul.rn.f32 and add.rn.f32: ptxas fuses f32x2 despite "
               ".rn and -fmad=false"
             : "write mul.rn and add.rn (nvcc -fmad=false; __fmul_rn, __hmul2_rn, __hadd2_rn in "
               "place of operators of header types), or fma.rn"});
    if (!options_.allowed.contains(LintRule::contraction))
      report_.findings.back().other = place_of(function, *pair.multiply);
  }

  void check_required() {
    if (options_.allowed.contains(LintRule::require)) return;
    for (const std::string& form : options_.required) {
      const auto has_form = [&](const ptx::Function& function) {
        return std::ranges::any_of(function.body, [&](const ptx::Instruction& instruction) {
          return contains_form(instruction, form);
        });
      };
      if (std::ranges::none_of(module_.functions, has_form))
        report_.findings.push_back({LintRule::require,
                                    "",
                                    {},
                                    std::nullopt,
                                    fmt::format("no instruction contains {}", form),
                                    "compile for a target that has it: headers fall back to "
                                    "software silently"});
    }
  }

  LintPlace place_of(const ptx::Function& function, const ptx::Instruction& instruction) const {
    const ptx::SourceLine& source = instruction.source;
    const ptx::SourceLine caller =
        source.inlined_at < 0 ? ptx::SourceLine{}
                              : function.call_sites[static_cast<std::size_t>(source.inlined_at)];
    return {instruction.spelled(),           instruction.line,
            file_name(module_, source.file), source.line,
            file_name(module_, caller.file), caller.line};
  }

  const ptx::Module& module_;
  const LintOptions& options_;
  LintReport report_;
  bool has_lines_ = false;
};

}  // namespace

std::string_view lint_rule_name(LintRule rule) {
  return kRuleNames[static_cast<std::size_t>(rule)];
}

std::vector<std::string> lint_rule_names() {
  return {kRuleNames.begin(), kRuleNames.end()};
}

Result<LintRule> parse_lint_rule(const std::string& name) {
  const auto* const found = std::ranges::find(kRuleNames, name);
  if (found != kRuleNames.end()) return static_cast<LintRule>(found - kRuleNames.begin());
  return fail(ErrorCode::usage, "unknown rule {}{}", name, did_you_mean(name, lint_rule_names()));
}

std::string LintFinding::text(std::string_view ptx_name) const {
  std::string text{ptx_name};
  if (place.ptx_line > 0) text += fmt::format(":{}", place.ptx_line);
  text += fmt::format(": {}: ", lint_rule_name(rule));
  if (place.ptx_line > 0) text += place.instruction + ' ';
  text += message + '\n';
  if (!kernel.empty()) text += fmt::format("  in {}\n", kernel);
  if (!place.file.empty()) text += fmt::format("  at {}\n", source_text(place));
  if (other && !other->file.empty()) text += fmt::format("  and {}\n", source_text(*other));
  return text + fmt::format("  {}\n", advice);
}

Result<LintReport> lint(const ptx::Module& module, const LintOptions& options) {
  if (std::ranges::any_of(options.required, &std::string::empty))
    return fail(ErrorCode::usage, "an empty form is required");
  return Linter(module, options).run();
}

}  // namespace assay::audit
