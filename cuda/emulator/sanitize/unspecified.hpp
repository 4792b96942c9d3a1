// SPDX-License-Identifier: Apache-2.0
// Instructions whose bits PTX leaves open (.approx, div.full, ...): they execute as nearly always
// correctly rounded, hardware may give other bits. That is no defect, so it is a note and no
// finding.
#pragma once

#include <string>

#include "cuda/emulator/program/program.hpp"

namespace assay::emulator {

// One sentence that names the kernel's own instructions of this kind with their PTX lines; empty
// where there are none. (Those of functions that it calls count as the function's.)
std::string unspecified_note(const Program& program, const Function& kernel);

}  // namespace assay::emulator
