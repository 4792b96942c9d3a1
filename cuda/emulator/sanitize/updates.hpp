// SPDX-License-Identifier: Apache-2.0
// Finds plain read-modify-writes (x += 1 without an atomic): a store whose value was computed from
// a load of the same address. Where two threads race on one, an update is lost.
#pragma once

#include "cuda/emulator/program/program.hpp"

namespace assay::emulator {

// Sets OpInfo::is_update of such loads and stores. Follows registers through the text of a
// function, not through memory and not into calls.
void mark_updates(Program& program);

}  // namespace assay::emulator
