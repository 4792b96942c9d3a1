// SPDX-License-Identifier: Apache-2.0
// What becomes of a launch's findings: text on stderr, JSON in the file that
// ASSAY_EMULATE_FINDINGS names, and a CUresult.
#pragma once

#include <optional>

#include "cuda/emulator/driver/outcome.hpp"
#include "cuda/emulator/execute/launch.hpp"
#include "cuda/emulator/options.hpp"

namespace assay::emulator {

// The CUresult that stands for a finding.
CUresult result_of(FindingKind kind);

// Prints and records the findings. What the launch fails with: its worst finding; nothing where
// there is none.
std::optional<Failure> report_findings(const Launch& launch);

// The file with the findings of all launches of this process so far: [] at first.
void write_findings_file(const Options& options);

}  // namespace assay::emulator
