// SPDX-License-Identifier: Apache-2.0
// Counters and traces, of launches that ask for them: what is called around each operation.
#pragma once

#include "cuda/emulator/execute/warp.hpp"

namespace assay::emulator {

void observe_before(Warp& warp, Mask active);
void observe_after(Warp& warp, Mask active);
void observe_divergence(Warp& warp, Pc branch);

}  // namespace assay::emulator
