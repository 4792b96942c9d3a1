// SPDX-License-Identifier: Apache-2.0
// Which slot each register of a function gets, and which reads must be checked at run time.
// Registers whose lifetimes do not meet share a slot: a thread needs fewer bytes, which stay in the
// cache. A read that some path reaches without a write is checked each time it executes; all other
// reads are proved to be of initialized registers here, once.
#pragma once

#include <cstdint>
#include <vector>

#include "cuda/emulator/program/op.hpp"
#include "cuda/emulator/ptx/ast.hpp"

namespace assay::emulator {

// What one instruction does to registers; learnt while decoding.
struct RegisterUse {
  std::vector<int> reads, writes;
};

struct RegisterPlan {
  std::vector<Slot> slots;          // by register
  std::uint32_t bytes = 0;          // of all of them
  std::uint32_t scratch_bytes = 0;  // most that one instruction needs
  std::vector<Slot> init_masks;  // by register: kNoSlot, or the mask of lanes that have written it
  std::vector<std::vector<int>> checks;  // by instruction: registers to check before it
};

std::uint32_t slot_bytes(ptx::Type type);

// Precondition: one RegisterUse an instruction. Guarded writes count as writes of unknown effect.
RegisterPlan plan_registers(const ptx::Function& function, const std::vector<RegisterUse>& uses);
// Every register its own slot, nothing checked.
RegisterPlan identity_plan(const ptx::Function& function);

}  // namespace assay::emulator
