// SPDX-License-Identifier: Apache-2.0
// ASSAY_EMULATE_PROFILE: the counters of all launches of the process, written when it exits; as
// text to stderr ("-"), as JSON to a file.
#pragma once

#include "cuda/emulator/execute/launch.hpp"

namespace assay::emulator {

void record_profile(const Launch& launch);

}  // namespace assay::emulator
