// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/lint_report.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace assay::cli {
namespace {

using audit::KernelSass;
using audit::LintedPart;
using audit::LintFinding;
using audit::LintPlace;
using nlohmann::json;

json json_of(const LintPlace& place) {
  json object = {{"instruction", place.instruction}, {"ptx_line", place.ptx_line}};
  if (!place.file.empty()) object.update({{"file", place.file}, {"line", place.line}});
  if (!place.inlined_at_file.empty())
    object["inlined_at"] = {{"file", place.inlined_at_file}, {"line", place.inlined_at_line}};
  return object;
}

json json_of(const LintFinding& finding) {
  json object = {{"rule", audit::lint_rule_name(finding.rule)},
                 {"message", finding.message},
                 {"advice", finding.advice}};
  if (!finding.kernel.empty()) object["kernel"] = finding.kernel;
  if (finding.place.ptx_line > 0) object["at"] = json_of(finding.place);
  if (finding.other) object["other"] = json_of(*finding.other);
  return object;
}

json json_of(const KernelSass& kernel, bool with_opcodes) {
  json object = {{"name", kernel.name},
                 {"instructions", kernel.instructions},
                 {"local_accesses", kernel.local_accesses()}};
  object["shared_bytes"] = kernel.shared_bytes;
  if (kernel.registers) object["registers"] = *kernel.registers;
  if (kernel.stack_bytes) object["stack_bytes"] = *kernel.stack_bytes;
  if (!with_opcodes) return object;
  object.update({{"opcodes", kernel.counts}, {"loops", json::array()}});
  for (const audit::SassLoop& loop : kernel.loops)
    object["loops"].push_back({{"first", loop.first},
                               {"instructions", loop.instructions()},
                               {"innermost", loop.is_innermost},
                               {"opcodes", loop.counts}});
  return object;
}

json json_of(const LintedPart& part, bool with_opcodes) {
  json findings = json::array(), kernels = json::array();
  for (const LintFinding& finding : part.report.findings)
    findings.push_back(json_of(finding));
  json object = {{"name", part.name}, {"findings", std::move(findings)}};
  if (part.histogram.kernels.empty()) {
    object.update(
        {{"kind", "ptx"}, {"targets", part.report.targets}, {"unchecked", part.report.unchecked}});
    return object;
  }
  for (const KernelSass& kernel : part.histogram.kernels)
    kernels.push_back(json_of(kernel, with_opcodes));
  object.update({{"kind", "cubin"},
                 {"capability", part.histogram.capability},
                 {"compiler", part.histogram.compiler},
                 {"unchecked", part.report.unchecked},
                 {"kernels", std::move(kernels)}});
  return object;
}

std::string optional_text(const std::optional<std::uint32_t>& value) {
  return value ? fmt::format("{}", *value) : "-";
}

std::string kernels_text(const audit::SassHistogram& histogram, bool with_opcodes) {
  std::string text =
      fmt::format("{:>12}  {:>9}  {:>11}  {:>5}  {:>5}  kernel (sm_{})\n", "instructions",
                  "registers", "stack bytes", "LDL", "STL", histogram.capability);
  for (const KernelSass& kernel : histogram.kernels) {
    text += fmt::format("{:>12}  {:>9}  {:>11}  {:>5}  {:>5}  {}\n", kernel.instructions,
                        optional_text(kernel.registers), optional_text(kernel.stack_bytes),
                        kernel.count("LDL"), kernel.count("STL"), kernel.name);
    if (!with_opcodes) continue;
    for (const auto& [opcode, count] : kernel.counts)
      text += fmt::format("{:>12}  {}\n", count, opcode);
  }
  return text;
}

// "3 findings (approx 2, ftz 1)", "clean".
std::string totals_text(const std::vector<LintFinding>& findings) {
  if (findings.empty()) return "clean";
  std::map<std::string_view, int> counts;
  for (const LintFinding& finding : findings)
    ++counts[audit::lint_rule_name(finding.rule)];
  std::vector<std::string> parts;
  for (const auto& [rule, count] : counts)
    parts.push_back(fmt::format("{} {}", rule, count));
  return fmt::format("{} finding{} ({})", findings.size(), findings.size() == 1 ? "" : "s",
                     fmt::join(parts, ", "));
}

std::string part_text(const LintedPart& part, bool with_opcodes) {
  std::string text;
  for (const LintFinding& finding : part.report.findings)
    text += finding.text(part.name);
  const bool is_ptx = part.histogram.kernels.empty();
  if (!is_ptx) text += kernels_text(part.histogram, with_opcodes);
  text += fmt::format("{}: {}", part.name, totals_text(part.report.findings));
  if (is_ptx) text += fmt::format("; for {}", fmt::join(part.report.targets, ", "));
  text += '\n';
  for (const std::string& rule : part.report.unchecked)
    text += fmt::format("{}: not checked: {}\n", part.name, rule);
  return text;
}

}  // namespace

std::size_t LintSummary::findings() const {
  std::size_t count = 0;
  for (const LintedPart& part : parts)
    count += part.report.findings.size();
  return count;
}

nlohmann::json LintSummary::json(bool with_opcodes) const {
  nlohmann::json list = nlohmann::json::array();
  for (const LintedPart& part : parts)
    list.push_back(json_of(part, with_opcodes));
  return {{"schema", "assay.lint/1"}, {"file", file}, {"parts", std::move(list)}};
}

std::string LintSummary::text(bool with_opcodes) const {
  std::string text;
  for (const LintedPart& part : parts)
    text += part_text(part, with_opcodes);
  return text;
}

}  // namespace assay::cli
