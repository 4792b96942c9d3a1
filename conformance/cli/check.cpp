// SPDX-License-Identifier: Apache-2.0
// assay check: runs a target on cases and judges it bit by bit.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include <fmt/ranges.h>
#include <unistd.h>

#include "conformance/cli/case_set.hpp"
#include "conformance/cli/options.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/cli/progress.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/judge/judge.hpp"
#include "conformance/report/json_text.hpp"
#include "conformance/report/report.hpp"
#include "conformance/target/interrupt.hpp"
#include "conformance/target/target.hpp"
#include "vectors/io/atomic_file.hpp"
#include "vectors/io/operators.hpp"
#include "vectors/io/temporary_folder.hpp"

namespace assay::cli {
namespace {

struct CheckOptions {
  std::string source;
  std::string target;
  SelectionOptions selection;
  WorkOptions work;
  std::int64_t timeout_ms = TargetOptions{}.timeout_ms;
  std::size_t min_cases = 1;
  std::size_t max_failures = 20;
  std::string report_path, junit_path;
  bool json = false, no_color = false, unsealed = false;
};

bool use_color(const CheckOptions& options) {
  return !options.no_color && std::getenv("NO_COLOR") == nullptr && isatty(STDOUT_FILENO) == 1;
}

// Before a long run, so that its report will not be lost: whether write_file can write there.
Status check_writable(const std::filesystem::path& path) {
  if (path.empty()) return {};
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (std::filesystem::is_directory(status))
    return fail(ErrorCode::usage, "{}: is a folder", path.string());
  const bool is_device = std::filesystem::exists(status) && !is_regular_file(status);
  const auto folder = (path.has_parent_path() ? path.parent_path() : ".") / "";
  if (access(is_device ? path.c_str() : folder.c_str(), W_OK) == 0) return {};
  return fail(ErrorCode::usage, "{}: cannot be written: {}", path.string(), std::strerror(errno));
}

// What differs from the defaults and changes what a case does.
std::vector<std::string> repro_options(const CheckOptions& options) {
  std::vector<std::string> words;
  if (options.work.data_dir != kDefaultDataDir)
    words.insert(words.end(), {"--data", options.work.data_dir.string()});
  if (options.unsealed) words.emplace_back("--unsealed");
  if (options.timeout_ms != TargetOptions{}.timeout_ms)
    words.insert(words.end(), {"--timeout-ms", std::to_string(options.timeout_ms)});
  return words;
}

Result<CaseVerdict> judge_case(const NamedCase& named, const Target& target) {
  const auto start = std::chrono::steady_clock::now();
  ASSAY_ASSIGN(const CaseFile test_case, named.open());
  ASSAY_TRY(check_case_tensors(test_case));
  ASSAY_ASSIGN(const TargetResult result, target.run(test_case));
  CaseVerdict verdict = judge(test_case, result);
  verdict.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return verdict;
}

RunReport run_cases(const CheckOptions& options, const std::vector<NamedCase>& cases,
                    const Target& target) {
  RunReport report;
  report.target = options.target;
  report.source = options.source;
  report.options = repro_options(options);
  report.min_cases = options.min_cases;
  std::vector<std::optional<CaseVerdict>> verdicts(cases.size());
  Progress progress("check " + target.name(), cases.size(), options.work.quiet);
  const Status status =
      for_each_case(cases.size(), options.work.jobs, [&](std::size_t i) -> Status {
        ASSAY_ASSIGN(CaseVerdict verdict, judge_case(cases[i], target));
        // A target that was stopped half-way says nothing about the case.
        if (interrupted()) return {};
        progress.step(verdict.id, is_failure(verdict.status));
        verdicts[i] = std::move(verdict);
        return {};
      });
  if (!status) report.error = status.error();
  for (auto& verdict : verdicts)
    if (verdict) report.cases.push_back(*std::move(verdict));
  report.interrupted = interrupted();
  report.evidence = target.evidence();
  return report;
}

// On stdout first: a report file that cannot be written must not cost the verdicts.
int deliver(const CheckOptions& options, const RunReport& report) {
  const std::string json = json_text(render_json(report));
  write_text(stdout, options.json
                         ? json
                         : render_terminal(report, {use_color(options), options.max_failures}));
  int code = exit_code(report);
  if (report.error) report_error(*report.error);
  const auto write = [&](const std::string& path, const std::string& text) {
    if (path.empty()) return;
    const Status written = write_file(path, text);
    if (written) return;
    const int failed = report_error(written.error());
    if (code == kPass) code = failed;
  };
  write(options.report_path, json);
  write(options.junit_path, render_junit(report));
  return code;
}

Result<int> check(const CheckOptions& options) {
  ASSAY_TRY(check_writable(options.report_path));
  ASSAY_TRY(check_writable(options.junit_path));
  ASSAY_ASSIGN(const Selection selection, options.selection.parse());
  ASSAY_ASSIGN(const TemporaryFolder work, TemporaryFolder::make());
  ASSAY_ASSIGN(const auto target, make_target(options.target, {options.timeout_ms, work.path()}));
  ASSAY_ASSIGN(const auto cases, find_case_set(options.source, {selection, options.work.data_dir,
                                                                work.path(), !options.unsealed}));
  const int code = deliver(options, run_cases(options, cases, *target));
  const auto unsealed = std::ranges::count(cases, false, &NamedCase::is_sealed);
  if (unsealed > 0 && !options.work.quiet)
    write_err("assay: note: the manifest has no SHA-256 of {} of these {} cases\n", unsealed,
              cases.size());
  return code;
}

void add_report_options(CLI::App& verb, CheckOptions& options) {
  verb.add_option("--timeout-ms", options.timeout_ms, "Time limit of one case, for processes")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000'000}))
      ->capture_default_str();
  verb.add_option("--min-cases", options.min_cases,
                  "Fail (5) when fewer cases ran (UNSUPPORTED did not)")
      ->check(kCount)
      ->capture_default_str();
  verb.add_option("--errors", options.max_failures, "Failures printed in full")
      ->check(kCount)
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
  verb->add_option("--target,-t", options->target, fmt::format("{}", fmt::join(kTargetSpecs, ", ")))
      ->required();
  options->selection.add_to(*verb);
  options->work.add_to(*verb);
  add_report_options(*verb, *options);
  verb->footer(
      "Examples:\n"
      "  assay check smoke --target reference\n"
      "  assay check vectors.out --target 'exec:python3 my_moe.py' --junit report.xml\n"
      "  assay check adversarial --target files:dumps --filter '*ties*' --json\n"
      "A folder named like a suite needs a slash: ./smoke\n"
      "A process gets two paths: the case file (inputs only) and the result file to write.\n"
      "Exit codes: 0 pass, 1 mismatch, 2 usage, 3 invalid vectors, 4 target unavailable,\n"
      "  5 too few cases, 7 crash or timeout, 130 interrupted (the report is partial)");
  verb->callback([options, &exit_code] { exit_code = finish(check(*options)); });
}

}  // namespace assay::cli
