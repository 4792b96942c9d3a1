// SPDX-License-Identifier: Apache-2.0
// JUnit XML as CI servers read it: a testsuite per group, a testcase per case. CRASH and TIMEOUT
// are errors, other failures are failures, UNSUPPORTED is skipped. WEAK passes, with its reason as
// output. A run that is partial or checked too little has a failing testcase of its own. The
// target's evidence stands in properties.
#include "conformance/report/details.hpp"
#include "conformance/report/report.hpp"
#include "conformance/target/printable.hpp"

namespace assay {
namespace {

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string escape_lines(const std::string& lines) {
  std::string escaped;
  for (std::size_t begin = 0, end; (end = lines.find('\n', begin)) != std::string::npos;) {
    escaped += escape(lines.substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return escaped;
}

bool is_error(CaseStatus status) {
  return status == CaseStatus::crash || status == CaseStatus::timeout;
}

std::string outcome_xml(const RunReport& report, const CaseVerdict& verdict) {
  const std::string reason = escape(verdict.reason);
  if (verdict.status == CaseStatus::pass) return "";
  if (verdict.status == CaseStatus::weak) {
    return fmt::format("      <system-out>WEAK: {}</system-out>\n", reason);
  }
  if (verdict.status == CaseStatus::unsupported) {
    return fmt::format("      <skipped message=\"{}\"/>\n", reason);
  }
  const std::string_view element = is_error(verdict.status) ? "error" : "failure";
  return fmt::format("      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n", element,
                     status_name(verdict.status), reason,
                     escape_lines(failure_details(report, verdict)));
}

std::string case_xml(const RunReport& report, const CaseVerdict& verdict) {
  const std::string group = group_of(verdict.id);
  const std::string name = group == verdict.id ? verdict.id : verdict.id.substr(group.size() + 1);
  return fmt::format(
      "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.6f}\">\n{}    </testcase>\n",
      escape(group), escape(name), verdict.seconds, outcome_xml(report, verdict));
}

// What the target says of itself, for every testsuite: consumers may see them one by one.
std::string properties_xml(const RunReport& report) {
  std::string xml;
  for (const auto& [name, value] : report.evidence)
    xml += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", escape(name), escape(value));
  return xml.empty() ? xml : "    <properties>\n" + xml + "    </properties>\n";
}

// What is wrong with the run itself, so that a partial one does not look green.
std::string run_xml(const RunReport& report, const std::string& remark) {
  const std::string message = report.error ? report.error->message : remark;
  return fmt::format(
      "  <testsuite name=\"run\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">\n"
      "    <testcase classname=\"run\" name=\"complete\">\n"
      "      <error type=\"RUN\" message=\"{}\">{}</error>\n    </testcase>\n  </testsuite>\n",
      escape(message), escape(remark));
}

// The attributes that a testsuite and the whole have in common.
std::string totals(const std::vector<CaseVerdict>& cases, std::size_t run_errors = 0) {
  std::size_t failures = 0, errors = run_errors, skipped = 0;
  double seconds = 0;
  for (const CaseVerdict& verdict : cases) {
    errors += is_error(verdict.status) ? 1 : 0;
    failures += is_failure(verdict.status) && !is_error(verdict.status) ? 1 : 0;
    skipped += verdict.status == CaseStatus::unsupported ? 1 : 0;
    seconds += verdict.seconds;
  }
  return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.6f}\"",
                     cases.size() + run_errors, failures, errors, skipped, seconds);
}

}  // namespace

std::string render_junit(const RunReport& report) {
  const std::string remark = run_remark(report);
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  xml += fmt::format("<testsuites name=\"assay {}\" {}>\n", escape(report.target),
                     totals(report.cases, remark.empty() ? 0 : 1));
  for (const auto& [group, cases] : by_group(report.cases)) {
    xml += fmt::format("  <testsuite name=\"{}\" {}>\n", escape(group), totals(cases));
    xml += properties_xml(report);
    for (const CaseVerdict& verdict : cases)
      xml += case_xml(report, verdict);
    xml += "  </testsuite>\n";
  }
  if (!remark.empty()) xml += run_xml(report, remark);
  return xml + "</testsuites>\n";
}

}  // namespace assay
