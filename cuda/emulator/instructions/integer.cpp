// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/families.hpp"

namespace assay::emulator {

void add_integer_arithmetic(InstructionTable&) {}

}  // namespace assay::emulator
