// SPDX-License-Identifier: Apache-2.0
// What all renderings of a run share: counts, the exit code, the command that reproduces a case.
#include "conformance/report/report.hpp"

#include <algorithm>

#include "conformance/report/exit_codes.hpp"
#include "conformance/suite/selection.hpp"
#include "conformance/target/command.hpp"

namespace assay {
namespace {

std::size_t count_that_ran(const RunReport& report) {
  return static_cast<std::size_t>(std::ranges::count_if(
      report.cases, [](CaseStatus s) { return s != CaseStatus::unsupported; },
      &CaseVerdict::status));
}

bool ran_too_few(const RunReport& report) {
  return count_that_ran(report) < std::max<std::size_t>(report.min_cases, 1);
}

}  // namespace

std::string RunReport::repro_command(const CaseVerdict& verdict) const {
  std::vector<std::string> words{"assay", "check", source, "--target", target};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), {"--filter", glob_of(verdict.id)});
  return shell_command(words);
}

StatusCounts count_statuses(const std::vector<CaseVerdict>& cases) {
  StatusCounts counts{};
  for (const CaseVerdict& verdict : cases)
    ++counts[static_cast<std::size_t>(verdict.status)];
  return counts;
}

std::string group_of(const std::string& case_id) {
  const std::size_t slash = case_id.rfind('/');
  return slash == std::string::npos ? case_id : case_id.substr(0, slash);
}

std::map<std::string, std::vector<CaseVerdict>> by_group(const std::vector<CaseVerdict>& cases) {
  std::map<std::string, std::vector<CaseVerdict>> groups;
  for (const CaseVerdict& verdict : cases)
    groups[group_of(verdict.id)].push_back(verdict);
  return groups;
}

int exit_code(const RunReport& report) {
  const auto any = [&](auto predicate) {
    return std::ranges::any_of(report.cases, predicate, &CaseVerdict::status);
  };
  if (report.interrupted) return kInterrupted;
  if (report.error) return exit_code_of(report.error->code);
  if (any([](CaseStatus s) { return s == CaseStatus::crash || s == CaseStatus::timeout; }))
    return kTargetDied;
  if (any(is_failure)) return kMismatch;
  return ran_too_few(report) ? kTooFewCases : kPass;
}

std::string_view run_result(const RunReport& report) {
  return exit_code(report) == kPass ? "PASS" : "FAIL";
}

std::string run_remark(const RunReport& report) {
  if (report.interrupted) return "interrupted, this report is partial";
  if (report.error) return "ended by an error, this report is partial";
  if (!ran_too_few(report)) return "";
  const std::size_t ran = count_that_ran(report);
  if (ran == 0) return "no case ran";
  return fmt::format("{} ran, at least {} should", ran, report.min_cases);
}

}  // namespace assay
