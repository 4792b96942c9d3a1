// SPDX-License-Identifier: Apache-2.0
// What all renderings of a run share: counts, the exit code, the command that reproduces a case.
#include "conformance/report/report.hpp"

#include <algorithm>

#include "conformance/suite/selection.hpp"

namespace assay {
namespace {

// For a POSIX shell; plain words stay as they are.
std::string shell_quote(const std::string& text) {
  const bool is_plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/._-+:,=@%").find(c) != std::string_view::npos;
  });
  if (is_plain) return text;
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::string RunReport::repro_command(const CaseVerdict& verdict) const {
  return fmt::format("assay check {} --target {} --filter {}", shell_quote(suite),
                     shell_quote(target), shell_quote(glob_of(verdict.id)));
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

int exit_code(const RunReport& report) {
  const auto any = [&](auto predicate) {
    return std::any_of(report.cases.begin(), report.cases.end(),
                       [&](const CaseVerdict& verdict) { return predicate(verdict.status); });
  };
  const auto is_dead = [](CaseStatus s) {
    return s == CaseStatus::crash || s == CaseStatus::timeout;
  };
  if (report.interrupted) return 130;
  if (any(is_dead)) return 7;
  if (any(is_failure)) return 1;
  if (!any([](CaseStatus s) { return s != CaseStatus::unsupported; })) return 5;
  return 0;
}

std::string_view run_result(const RunReport& report) {
  return exit_code(report) == 0 ? "PASS" : "FAIL";
}

}  // namespace assay
