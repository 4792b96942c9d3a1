// SPDX-License-Identifier: Apache-2.0
// Reports of a run: terminal summary, JSON, JUnit XML. One run, several renderings, and the one
// exit code that says the same. The group of a case is its id up to the last '/'.
#pragma once

#include <array>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "conformance/judge/judge.hpp"

namespace assay {

struct RunReport {
  std::string target;
  std::string suite;         // suite name or folder, as given to `assay check`
  bool interrupted = false;  // partial: exit code 130
  std::vector<CaseVerdict> cases;
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

// 130 interrupted; else 7 crash or timeout; else 1 any other failure (is_failure); else 5 where no
// case ran, UNSUPPORTED ones not counted; else 0 (docs/cli.md).
int exit_code(const RunReport& report);

// "PASS" for exit code 0, else "FAIL".
std::string_view run_result(const RunReport& report);

// Number of cases per status, by its position in kCaseStatuses.
using StatusCounts = std::array<std::size_t, kCaseStatuses.size()>;
StatusCounts count_statuses(const std::vector<CaseVerdict>& cases);

std::string group_of(const std::string& case_id);

// One line: sign|exponent|fraction in binary, hex and value of a bit pattern, e.g.
// "0x47600000 = 0|10001110|11000000000000000000000 = 57344". Integers: hex and value.
std::string describe_bits(Dtype dtype, std::uint64_t bits);

std::string hex_bits(Dtype dtype, std::uint64_t bits);  // "0x47600000", as wide as the dtype

}  // namespace assay
