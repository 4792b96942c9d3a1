// SPDX-License-Identifier: Apache-2.0
// A parsed module into a device: its variables get memory and initial values, then it is decoded.
#pragma once

#include <memory>

#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

// Variables of the global and constant space; others live in blocks or threads.
bool has_device_memory(const ptx::Variable& variable);

// Frees what it placed where it fails. Errors (usage): an .extern variable, an initializer that
// names nothing, no memory, whatever decode refuses.
Result<std::unique_ptr<Program>> load(ptx::Module module, GlobalMemory& memory);
// Frees the variables' memory.
void unload(const Program& program, GlobalMemory& memory);

}  // namespace assay::emulator
