// SPDX-License-Identifier: Apache-2.0
// A failed case in full, as plain text. Internal to conformance/report: terminal and JUnit share
// it.
#pragma once

#include <string>

#include "conformance/report/report.hpp"

namespace assay {

// Lines without indentation, each ended by a newline: reason, first divergence with both bit
// patterns, one line per differing tensor, the case's notes, the command that reproduces it.
std::string failure_details(const RunReport& report, const CaseVerdict& verdict);

}  // namespace assay
