// SPDX-License-Identifier: Apache-2.0
// Reports of a run: terminal summary, JSON, JUnit XML. One run, several renderings, and the one
// exit code that says the same. The group of a case is its id up to the last '/'.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "conformance/judge/judge.hpp"

namespace assay {

struct RunReport {
  std::string target;
  std::string source;  // suite, folder or case file, as given to `assay check`
  // Words of the command line that change what a case does, such as "--data", "dir".
  std::vector<std::string> options;
  std::size_t min_cases = 1;   // fewer that ran, UNSUPPORTED ones not counted: exit code 5
  bool interrupted = false;    // partial: exit code 130
  std::optional<Error> error;  // ended the run early: partial, exit code by the error's
  std::vector<CaseVerdict> cases;
  TargetEvidence evidence = {};  // of the target, after the run

  // The command that reproduces one case of this run, quoted for a shell.
  std::string repro_command(const CaseVerdict& verdict) const;
};

struct RenderOptions {
  bool color = false;
  std::size_t max_failures = 20;  // printed in full; the rest is counted
};

std::string render_terminal(const RunReport& report, const RenderOptions& options);
nlohmann::json render_json(const RunReport& report);  // "schema": "assay.report/1"
std::string render_junit(const RunReport& report);

// 130 interrupted; else by the error that ended the run; else 7 crash or timeout; else 1 any other
// failure (is_failure); else 5 where fewer than min_cases ran, or none; else 0 (docs/cli.md).
int exit_code(const RunReport& report);

// "PASS" for exit code 0, else "FAIL".
std::string_view run_result(const RunReport& report);

// What is to be said of the run beyond its cases: partial, and why, or too few; else empty.
std::string run_remark(const RunReport& report);

// Number of cases per status, by its position in kCaseStatuses.
using StatusCounts = std::array<std::size_t, kCaseStatuses.size()>;
StatusCounts count_statuses(const std::vector<CaseVerdict>& cases);

std::string group_of(const std::string& case_id);
std::map<std::string, std::vector<CaseVerdict>> by_group(const std::vector<CaseVerdict>& cases);

// One line: sign|exponent|fraction in binary, hex and value of a bit pattern, e.g.
// "0x47600000 = 0|10001110|11000000000000000000000 = 57344". Integers: hex and value.
std::string describe_bits(Dtype dtype, std::uint64_t bits);

std::string hex_bits(Dtype dtype, std::uint64_t bits);  // "0x47600000", as wide as the dtype

// How far two tensors are apart, for people: "at most 2 ulp apart", "3 NaN against a number", or
// both.
std::string distance_text(const TensorComparison& comparison);
// The same as JSON: the largest distance, null where a NaN stands against a number.
nlohmann::json max_ulp_json(const TensorComparison& comparison);

}  // namespace assay
