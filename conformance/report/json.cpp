// SPDX-License-Identifier: Apache-2.0
// The machine's report, "assay.report/1". Bits are hex strings: JSON numbers would lose NaN and -0.
#include <algorithm>
#include <cctype>

#include "conformance/report/report.hpp"

namespace assay {
namespace {

std::string lowercase(std::string_view name) {
  std::string text(name);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

nlohmann::json comparison_json(const TensorComparison& comparison) {
  nlohmann::json object{{"tensor", comparison.tensor},
                        {"elements", comparison.elements},
                        {"differing", comparison.differing},
                        {"max_ulp", max_ulp_json(comparison)},
                        {"nan_against_number", comparison.nan_against_number}};
  if (comparison.first) {
    const Divergence& first = *comparison.first;
    object["first"] = {{"index", first.index},
                       {"dtype", dtype_name(first.dtype)},
                       {"expected", hex_bits(first.dtype, first.expected_bits)},
                       {"actual", hex_bits(first.dtype, first.actual_bits)}};
  }
  return object;
}

nlohmann::json verdict_json(const RunReport& report, const CaseVerdict& verdict) {
  nlohmann::json object{{"id", verdict.id},           {"status", status_name(verdict.status)},
                        {"reason", verdict.reason},   {"notes", verdict.notes},
                        {"seconds", verdict.seconds}, {"tensors", nlohmann::json::array()}};
  for (const TensorComparison& comparison : verdict.tensors) {
    object["tensors"].push_back(comparison_json(comparison));
  }
  const TensorComparison* divergence = verdict.first_divergence();
  if (divergence != nullptr) object["first_divergence"] = divergence->tensor;
  if (is_failure(verdict.status)) object["repro"] = report.repro_command(verdict);
  return object;
}

}  // namespace

nlohmann::json render_json(const RunReport& report) {
  const StatusCounts counts = count_statuses(report.cases);
  nlohmann::json summary{{"cases", report.cases.size()}};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    summary[lowercase(status_name(kCaseStatuses[i]))] = counts[i];
  }
  nlohmann::json evidence = nlohmann::json::object();
  for (const auto& [name, value] : report.evidence)
    evidence[name] = value;
  nlohmann::json cases = nlohmann::json::array();
  for (const CaseVerdict& verdict : report.cases)
    cases.push_back(verdict_json(report, verdict));
  nlohmann::json object{{"schema", "assay.report/1"},
                        {"target", report.target},
                        {"evidence", evidence},
                        {"source", report.source},
                        {"result", run_result(report)},
                        {"exit_code", exit_code(report)},
                        {"interrupted", report.interrupted},
                        {"remark", run_remark(report)},
                        {"min_cases", report.min_cases},
                        {"summary", summary},
                        {"cases", cases}};
  if (report.error) object["error"] = report.error->message;
  return object;
}

}  // namespace assay
