// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/families.hpp"

namespace assay::emulator {

void add_comparisons(InstructionTable&) {}

}  // namespace assay::emulator
