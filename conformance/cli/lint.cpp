// SPDX-License-Identifier: Apache-2.0
// assay lint: what in a kernel's PTX or machine code endangers its bits.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "conformance/cli/lint_report.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/report/json_text.hpp"
#include "cuda/audit/file_lint.hpp"

namespace assay::cli {
namespace {

using audit::KernelPart;

struct LintVerbOptions {
  std::filesystem::path file, budget;
  std::vector<std::string> allow;
  audit::LintOptions lint;
  bool opcodes = false, json = false;
};

Result<std::string> read_file(const std::filesystem::path& path) {
  std::error_code ignored;  // a file that is not there is none
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path, ignored))
    return fail(ErrorCode::usage, "{}: cannot be read", path.string());
  std::string contents{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) return fail(ErrorCode::usage, "{}: cannot be read", path.string());
  return contents;
}

Result<std::optional<audit::Budget>> read_budget(const std::filesystem::path& path) {
  if (path.empty()) return std::nullopt;
  ASSAY_ASSIGN(const std::string text, read_file(path));
  ASSAY_ASSIGN(audit::Budget budget, audit::parse_budget(text, path.string()));
  return budget;
}

// Options that nothing in the file answers to would pass silently.
Status check_options(const LintVerbOptions& options, const std::vector<KernelPart>& parts) {
  const auto has = [&](KernelPart::Kind kind) {
    return std::ranges::find(parts, kind, &KernelPart::kind) != parts.end();
  };
  const std::string file = options.file.string();
  const bool asks_ptx = !options.lint.required.empty() || !options.lint.targets.empty();
  if (asks_ptx && !has(KernelPart::Kind::ptx))
    return fail(ErrorCode::usage, "{}: has no PTX, of which --require and --target speak", file);
  if ((options.opcodes || !options.budget.empty()) && !has(KernelPart::Kind::cubin))
    return fail(ErrorCode::usage, "{}: has no machine code, of which --sass and --budget speak",
                file);
  return {};
}

Result<int> run_lint(LintVerbOptions& options) {
  for (const std::string& name : options.allow) {
    ASSAY_ASSIGN(const audit::LintRule rule, audit::parse_lint_rule(name));
    options.lint.allowed.insert(rule);
  }
  ASSAY_ASSIGN(const auto budget, read_budget(options.budget));
  ASSAY_ASSIGN(std::string contents, read_file(options.file));
  LintSummary summary{options.file.string(), {}};
  ASSAY_ASSIGN(const auto parts, audit::split_kernel_file(std::move(contents), summary.file));
  ASSAY_TRY(check_options(options, parts));
  ASSAY_ASSIGN(summary.parts, audit::lint_parts(parts, options.lint, budget ? &*budget : nullptr));
  write_text(stdout, options.json ? json_text(summary.json(options.opcodes))
                                  : summary.text(options.opcodes));
  return summary.findings() == 0 ? kPass : kMismatch;
}

}  // namespace

void add_lint(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("lint", "Find what endangers a kernel's bits");
  const auto options = std::make_shared<LintVerbOptions>();
  verb->add_option("file", options->file, "PTX, a cubin, or a fat binary")->required();
  verb->add_option("--target", options->lint.targets,
                   "Check the PTX for this target, sm_110a (default: its own; repeatable)");
  verb->add_option("--require", options->lint.required,
                   "An instruction with these words must occur: e2m1x2, cvt.e2m1x2 (repeatable)");
  verb->add_option("--allow", options->allow, "A rule that is not applied (repeatable)");
  verb->add_flag("--sass", options->opcodes, "Count the machine code's opcodes");
  verb->add_option("--budget", options->budget, "JSON file of the expected counts");
  verb->add_flag("--json", options->json, "Print as JSON");
  for (const char* name : {"--target", "--require", "--allow"})
    verb->get_option(name)->take_all()->expected(1);
  verb->footer(
      "Examples:\n"
      "  assay lint kernel.ptx\n"
      "  assay lint kernel.ptx --require e2m1x2 --allow approx --allow ftz\n"
      "  assay lint kernel.ptx --target sm_100a --target sm_103a --target sm_110a\n"
      "  assay lint kernel.cubin --sass\n"
      "  assay lint kernel.fatbin --budget budget.json --json\n"
      "Exit codes: 0 clean, 1 findings, 2 the file is not understood. docs/lint.md has the rules.");
  verb->callback([options, &exit_code] { exit_code = finish(run_lint(*options)); });
}

}  // namespace assay::cli
