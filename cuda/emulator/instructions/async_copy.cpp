// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/families.hpp"

namespace assay::emulator {

void add_async_copies(InstructionTable&) {}

}  // namespace assay::emulator
