// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/file_lint.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "cuda/audit/lint_rules.hpp"
#include "cuda/audit/machine_account.hpp"
#include "cuda/audit/sass_lint.hpp"
#include "cuda/emulator/ptx/parse.hpp"

namespace assay::audit {
namespace {

constexpr const char* kRecord = "find out what changed, then record the new count";

LintFinding finding(LintRule rule, std::string kernel, std::string message, std::string advice) {
  return {rule, std::move(kernel), {}, std::nullopt, std::move(message), std::move(advice)};
}

const ptx::Function* find_kernel(const ptx::Module& module, const std::string& name) {
  const auto found = std::ranges::find(module.functions, name, &ptx::Function::name);
  return found == module.functions.end() ? nullptr : &*found;
}

// What `require` says of a PTX text.
void check_required(const Budget& budget, const ptx::Module& module,
                    std::vector<LintFinding>& findings) {
  for (const auto& [kernel, forms] : budget.required) {
    const ptx::Function* const function = find_kernel(module, kernel);
    for (const std::string& form : forms) {
      const auto has_form = [&](const ptx::Instruction& instruction) {
        return contains_form(instruction, form);
      };
      if (function && std::ranges::any_of(function->body, has_form)) continue;
      findings.push_back(finding(LintRule::require, kernel,
                                 function ? fmt::format("no instruction contains {}", form)
                                          : fmt::format("is not there, nor is its {}", form),
                                 "compile for a target that has it: headers fall back to software "
                                 "silently"));
    }
  }
}

// What `as_ptx` says of one kernel.
void check_account(const Budget& budget, const KernelSass& kernel, const ptx::Module* module,
                   std::vector<LintFinding>& findings) {
  const ptx::Function* const function = module ? find_kernel(*module, kernel.name) : nullptr;
  const auto account = function ? machine_account(*module, *function) : std::nullopt;
  if (!account) {
    findings.push_back(
        finding(LintRule::budget, kernel.name, "no PTX of the same target accounts for it",
                "keep the PTX beside the machine code; it may not compute with f32x2"));
    return;
  }
  for (const std::string& opcode : budget.as_ptx) {
    const Range& range = account->at(opcode);
    if (const auto count = kernel.count(opcode); !range.holds(count))
      findings.push_back(
          finding(LintRule::budget, kernel.name,
                  fmt::format("{}: {}, the PTX accounts for {}", opcode, count, range.text()),
                  "ptxas contracted, duplicated or dropped arithmetic"));
  }
}

// The first line, from 1, in which two texts differ but for .target; 0: none.
int first_difference(std::string_view a, std::string_view b) {
  const auto take_line = [](std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
  };
  for (int number = 1; !a.empty() || !b.empty(); ++number) {
    const std::string_view in_a = take_line(a), in_b = take_line(b);
    const bool names_target = in_a.starts_with(".target ") && in_b.starts_with(".target ");
    if (in_a != in_b && !names_target) return number;
  }
  return 0;
}

class FileLint {
 public:
  FileLint(const std::vector<KernelPart>& parts, const LintOptions& options, const Budget* budget)
      : parts_(parts), options_(options), budget_(budget) {}

  Result<std::vector<LintedPart>> run() {
    for (const KernelPart& part : parts_)
      if (part.kind == KernelPart::Kind::ptx) {
        ASSAY_ASSIGN(modules_[&part], ptx::parse(part.contents, part.name));
      }
    std::vector<LintedPart> linted;
    for (const KernelPart& part : parts_) {
      ASSAY_ASSIGN(linted.emplace_back(),
                   part.kind == KernelPart::Kind::ptx ? lint_ptx(part) : lint_cubin(part));
    }
    return linted;
  }

 private:
  Result<LintedPart> lint_ptx(const KernelPart& part) const {
    LintedPart result{part.name, {}, {}};
    ASSAY_ASSIGN(result.report, lint(modules_.at(&part), options_));
    std::vector<LintFinding>& findings = result.report.findings;
    if (budget_ && !options_.allowed.contains(LintRule::require))
      check_required(*budget_, modules_.at(&part), findings);
    if (budget_ && budget_->is_ptx_identical && !options_.allowed.contains(LintRule::budget))
      check_identity(part, findings);
    return result;
  }

  Result<LintedPart> lint_cubin(const KernelPart& part) const {
    LintedPart result{part.name, {}, {}};
    ASSAY_ASSIGN(result.histogram, sass_histogram(part.bytes(), part.name));
    result.report.findings = lint_sass(result.histogram, budget_, options_.allowed);
    if (!budget_ || options_.allowed.contains(LintRule::budget)) return result;
    if (!budget_->compiler.empty() && budget_->compiler != result.histogram.compiler)
      result.report.unchecked.push_back(
          fmt::format("budget: recorded of ptxas {}, this is machine code of {}", budget_->compiler,
                      result.histogram.compiler));
    if (budget_->as_ptx.empty()) return result;
    const ptx::Module* const module = module_for(part.target);
    for (const KernelSass& kernel : result.histogram.kernels)
      check_account(*budget_, kernel, module, result.report.findings);
    return result;
  }

  const ptx::Module* module_for(const std::string& target) const {
    for (const auto& [part, module] : modules_)
      if (part->target == target) return &module;
    return nullptr;
  }

  // Each text is compared with the first one.
  void check_identity(const KernelPart& part, std::vector<LintFinding>& findings) const {
    const KernelPart& first = *std::ranges::find(parts_, KernelPart::Kind::ptx, &KernelPart::kind);
    if (const int line = first_difference(part.contents, first.contents); line != 0)
      findings.push_back(finding(LintRule::budget, "",
                                 fmt::format("differs from {} on line {}", first.name, line),
                                 kRecord));
  }

  const std::vector<KernelPart>& parts_;
  const LintOptions& options_;
  const Budget* budget_;
  std::map<const KernelPart*, ptx::Module> modules_;
};

}  // namespace

Result<std::vector<LintedPart>> lint_parts(const std::vector<KernelPart>& parts,
                                           const LintOptions& options, const Budget* budget) {
  return FileLint(parts, options, budget).run();
}

}  // namespace assay::audit
