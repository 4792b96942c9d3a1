// SPDX-License-Identifier: Apache-2.0
// Runs a grid's blocks.
#pragma once

namespace assay::emulator {

class Launch;

// Every block to its end, or until a finding ends the launch; findings, counters and steps are in
// the launch then.
void run_grid(Launch& launch);

}  // namespace assay::emulator
