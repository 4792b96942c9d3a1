// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/emulate_report.hpp"

#include <set>

#include <nlohmann/json.hpp>

#include "conformance/cli/output.hpp"
#include "conformance/report/json_text.hpp"

namespace assay::cli {
namespace {

using emulator::Finding;
using emulator::StepReport;
using emulator::UnspecifiedUse;
using emulator::Unwritten;
using nlohmann::json;

std::string extent_text(const emulator::Dim3& extent) {
  return fmt::format("{} x {} x {}", extent[0], extent[1], extent[2]);
}

json step_json(const StepReport& step) {
  json findings = json::array(), unspecified = json::array();
  for (const Finding& finding : step.findings)
    findings.push_back(to_json(finding));
  for (const UnspecifiedUse& use : step.unspecified)
    unspecified.push_back(to_json(use));
  return {{"kernel", step.kernel},     {"grid", step.grid},
          {"block", step.block},       {"warp_instructions", step.warp_instructions},
          {"findings", findings},      {"total_findings", step.total_findings},
          {"unspecified", unspecified}};
}

json unwritten_json(const Unwritten& missing) {
  return {{"output", missing.output},
          {"first", missing.first},
          {"count", missing.count},
          {"of", missing.of}};
}

// Each note once, as the driver has it.
void print_notes(const EmulateReport& report) {
  std::set<std::string> notes{""};
  for (const StepReport& step : report.session.steps()) {
    const std::string note = emulator::unspecified_note(step.kernel, step.unspecified);
    if (notes.insert(note).second) write_err("assay: note: {}\n", note);
  }
}

void print_step(const StepReport& step) {
  for (const Finding& finding : step.findings)
    write_out("{}\n", finding.text());
  if (step.total_findings > step.findings.size())
    write_out("{} more findings at the same places\n", step.total_findings - step.findings.size());
  write_out("{}: {} blocks of {} threads, {} warp instructions, {}\n", step.kernel,
            extent_text(step.grid), extent_text(step.block), step.warp_instructions,
            step.total_findings == 0 ? "no findings"
                                     : fmt::format("{} finding{}", step.total_findings,
                                                   step.total_findings == 1 ? "" : "s"));
}

}  // namespace

void print_text(const EmulateReport& report) {
  print_notes(report);
  for (const StepReport& step : report.session.steps())
    print_step(step);
  for (const Unwritten& missing : report.session.unwritten())
    write_out("output {}: {} of {} elements were never written, the first is {}\n", missing.output,
              missing.count, missing.of, missing.first);
  if (!report.session.profile().empty()) write_out("{}", report.session.profile().text());
  if (!report.output.empty())
    write_out("{}: {} tensors, sha256 {}\n", report.output, report.tensors, report.sha256);
}

void print_json(const EmulateReport& report) {
  print_notes(report);
  json launches = json::array(), unwritten = json::array();
  for (const StepReport& step : report.session.steps())
    launches.push_back(step_json(step));
  for (const Unwritten& missing : report.session.unwritten())
    unwritten.push_back(unwritten_json(missing));
  json object = {{"schema", "assay.emulate/1"},
                 {"target", report.options.target},
                 {"launches", launches},
                 {"unwritten", unwritten}};
  if (!report.session.profile().empty()) object["profile"] = report.session.profile().json();
  if (!report.output.empty())
    object["output"] = {
        {"file", report.output}, {"tensors", report.tensors}, {"sha256", report.sha256}};
  write_text(stdout, json_text(object));
}

}  // namespace assay::cli
