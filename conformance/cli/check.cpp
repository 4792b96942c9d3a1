// SPDX-License-Identifier: Apache-2.0
// assay check: runs a target on cases and judges it bit by bit.
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

#include "conformance/cli/case_set.hpp"
#include "conformance/cli/exit_codes.hpp"
#include "conformance/cli/options.hpp"
#include "conformance/cli/progress.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/judge/judge.hpp"
#include "conformance/report/report.hpp"
#include "conformance/target/interrupt.hpp"
#include "conformance/target/target.hpp"
#include "vectors/io/atomic_file.hpp"

namespace assay::cli {
namespace {

struct CheckOptions {
  std::string source;
  std::string target;
  SelectionOptions selection;
  WorkOptions work;
  std::int64_t timeout_ms = 60'000;
  std::size_t min_cases = 1;
  std::size_t max_failures = 20;
  std::string report_path, junit_path;
  bool json = false, no_color = false, unsealed = false;
};

bool use_color(const CheckOptions& options) {
  return !options.no_color && std::getenv("NO_COLOR") == nullptr && isatty(STDOUT_FILENO) == 1;
}

Result<CaseVerdict> judge_case(const NamedCase& named, const Target& target) {
  const auto start = std::chrono::steady_clock::now();
  ASSAY_ASSIGN(const CaseFile test_case, named.open());
  CaseVerdict verdict = judge(test_case, target.run(test_case));
  verdict.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return verdict;
}

Result<RunReport> run_cases(const CheckOptions& options, const std::vector<NamedCase>& cases,
                            const Target& target) {
  RunReport report{options.target, options.source, false, {}};
  std::vector<std::optional<CaseVerdict>> verdicts(cases.size());
  Progress progress("check " + target.name(), cases.size(), options.work.quiet);
  ASSAY_TRY(for_each_case(cases.size(), options.work.jobs, [&](std::size_t i) -> Status {
    ASSAY_ASSIGN(CaseVerdict verdict, judge_case(cases[i], target));
    // A target that was stopped half-way says nothing about the case.
    if (interrupted()) return {};
    progress.step(verdict.id, is_failure(verdict.status));
    verdicts[i] = std::move(verdict);
    return {};
  }));
  for (auto& verdict : verdicts)
    if (verdict) report.cases.push_back(*std::move(verdict));
  report.interrupted = interrupted();
  return report;
}

Status write_reports(const CheckOptions& options, const RunReport& report) {
  if (!options.report_path.empty())
    ASSAY_TRY(write_file(options.report_path, render_json(report).dump(2) + "\n"));
  if (!options.junit_path.empty()) ASSAY_TRY(write_file(options.junit_path, render_junit(report)));
  if (options.json)
    fmt::print("{}\n", render_json(report).dump(2));
  else
    fmt::print("{}", render_terminal(report, {use_color(options), options.max_failures}));
  return {};
}

Result<int> check(const CheckOptions& options) {
  ASSAY_ASSIGN(const Selection selection, options.selection.parse());
  ASSAY_ASSIGN(const TemporaryFolder work, TemporaryFolder::make());
  ASSAY_ASSIGN(const auto target, make_target(options.target, {options.timeout_ms, work.path()}));
  ASSAY_ASSIGN(const auto cases, find_case_set(options.source, {selection, options.work.data_dir,
                                                                work.path(), !options.unsealed}));
  ASSAY_ASSIGN(const RunReport report, run_cases(options, cases, *target));
  ASSAY_TRY(write_reports(options, report));
  const int code = exit_code(report);
  if (code == kPass && report.cases.size() < options.min_cases) {
    fmt::print(stderr, "assay: error: {} cases ran, --min-cases asks for {}\n", report.cases.size(),
               options.min_cases);
    return kTooFewCases;
  }
  return code;
}

void add_report_options(CLI::App& verb, CheckOptions& options) {
  verb.add_option("--timeout-ms", options.timeout_ms, "Time limit of one case, for processes")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb.add_option("--min-cases", options.min_cases, "Fail (5) when fewer cases ran")
      ->capture_default_str();
  verb.add_option("--errors", options.max_failures, "Failures printed in full")
      ->capture_default_str();
  verb.add_option("--report", options.report_path, "Write the JSON report to this file");
  verb.add_option("--junit", options.junit_path, "Write a JUnit XML report to this file");
  verb.add_flag("--json", options.json, "Print the JSON report instead of the table");
  verb.add_flag("--no-color", options.no_color, "No colours (NO_COLOR is honoured, too)");
  verb.add_flag("--unsealed", options.unsealed, "Judge although the manifest disagrees");
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("check", "Run a target on cases and judge every bit");
  const auto options = std::make_shared<CheckOptions>();
  verb->add_option("cases", options->source, "Folder of case files, a case file, or a suite")
      ->required();
  verb->add_option("--target,-t", options->target, "reference, exec:COMMAND or files:DIR")
      ->required();
  options->selection.add_to(*verb);
  options->work.add_to(*verb);
  add_report_options(*verb, *options);
  verb->footer(
      "Examples:\n"
      "  assay check smoke --target reference\n"
      "  assay check vectors.out --target 'exec:python3 my_moe.py' --junit report.xml\n"
      "  assay check adversarial --target files:dumps --filter '*ties*' --json\n"
      "A process gets two paths: the case file (inputs only) and the result file to write.\n"
      "Exit codes: 0 pass, 1 mismatch, 2 usage, 3 invalid vectors, 4 target unavailable,\n"
      "  5 too few cases, 7 crash or timeout, 130 interrupted (the report is partial)");
  verb->callback([options, &exit_code] { exit_code = finish(check(*options)); });
}

}  // namespace assay::cli
