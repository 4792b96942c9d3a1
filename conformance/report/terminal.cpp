// SPDX-License-Identifier: Apache-2.0
// The summary for people: what failed, in full, then a table of groups, then what the target says
// of itself, then one line with the result. Colour only repeats what the words say.
#include <algorithm>
#include <sstream>

#include "conformance/report/details.hpp"
#include "conformance/report/exit_codes.hpp"
#include "conformance/report/report.hpp"
#include "conformance/target/printable.hpp"

namespace assay {
namespace {

std::string_view color_of(CaseStatus status) {
  if (is_failure(status)) return "31";
  return status == CaseStatus::pass ? "32" : "33";
}

std::string paint(std::string_view text, std::string_view color, const RenderOptions& options) {
  return options.color ? fmt::format("\033[{}m{}\033[0m", color, text) : std::string(text);
}

std::string heading(const CaseVerdict& verdict, const RenderOptions& options) {
  const std::string name = paint(status_name(verdict.status), color_of(verdict.status), options);
  return fmt::format("{} {}", name, printable(verdict.id));
}

std::string indented(const std::string& lines) {
  std::istringstream stream(lines);
  std::string text;
  for (std::string line; std::getline(stream, line);)
    text += "  " + line + "\n";
  return text;
}

// Failures in full, WEAK and UNSUPPORTED in one line; each kind is cut at max_failures.
std::string remarks(const RunReport& report, const RenderOptions& options) {
  std::string full, brief;
  std::size_t failures = 0, others = 0;
  for (const CaseVerdict& verdict : report.cases) {
    if (is_failure(verdict.status)) {
      if (++failures > options.max_failures) continue;
      full += heading(verdict, options) + "\n" + indented(failure_details(report, verdict));
    } else if (verdict.status != CaseStatus::pass) {
      if (++others > options.max_failures) continue;
      brief += heading(verdict, options) + ": " + printable(verdict.reason) + "\n";
    }
  }
  if (failures > options.max_failures) {
    full += fmt::format("and {} more failures\n", failures - options.max_failures);
  }
  if (others > options.max_failures) {
    brief += fmt::format("and {} more WEAK or UNSUPPORTED\n", others - options.max_failures);
  }
  return brief + full;
}

std::string table_row(const std::string& name, std::size_t width, std::size_t cases,
                      const StatusCounts& counts, const std::vector<std::size_t>& columns) {
  std::string row = fmt::format("{:<{}}  {:>7}", name, width, cases);
  for (const std::size_t column : columns) {
    const std::size_t title_width = status_name(kCaseStatuses[column]).size();
    row += fmt::format("  {:>{}}", counts[column], std::max<std::size_t>(title_width, 5));
  }
  return row + "\n";
}

std::string table(const RunReport& report) {
  const auto groups = by_group(report.cases);
  std::size_t width = 5;
  for (const auto& [group, cases] : groups)
    width = std::max(width, printable(group).size());
  const StatusCounts totals = count_statuses(report.cases);
  std::vector<std::size_t> columns;
  std::string text = fmt::format("{:<{}}  {:>7}", "group", width, "cases");
  for (std::size_t i = 0; i < kCaseStatuses.size(); ++i) {
    const bool is_always_shown = kCaseStatuses[i] <= CaseStatus::fail;
    if (!is_always_shown && totals[i] == 0) continue;
    columns.push_back(i);
    text += fmt::format("  {:>5}", status_name(kCaseStatuses[i]));
  }
  text += "\n";
  for (const auto& [group, cases] : groups) {
    text += table_row(printable(group), width, cases.size(), count_statuses(cases), columns);
  }
  return text + table_row("total", width, report.cases.size(), totals, columns);
}

// A line for each row; empty where the target says nothing of itself.
std::string evidence_lines(const RunReport& report) {
  std::size_t width = 0;
  for (const auto& [name, value] : report.evidence)
    width = std::max(width, name.size());
  std::string text = report.evidence.empty() ? "" : "evidence\n";
  for (const auto& [name, value] : report.evidence)
    text += fmt::format("  {:<{}}  {}\n", printable(name), width, printable(value));
  return text;
}

std::string verdict_line(const RunReport& report) {
  const StatusCounts counts = count_statuses(report.cases);
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0)
      parts.push_back(fmt::format("{} {}", counts[i], status_name(kCaseStatuses[i])));
  }
  if (const std::string remark = run_remark(report); !remark.empty()) parts.push_back(remark);
  return fmt::format(": {} on {}: {}\n", printable(report.target), printable(report.source),
                     fmt::join(parts, ", "));
}

}  // namespace

std::string render_terminal(const RunReport& report, const RenderOptions& options) {
  const std::string_view color = exit_code(report) == kPass ? "32" : "31";
  return remarks(report, options) + table(report) + evidence_lines(report) +
         paint(run_result(report), color, options) + verdict_line(report);
}

}  // namespace assay
