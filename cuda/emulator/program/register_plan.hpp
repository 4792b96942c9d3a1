// SPDX-License-Identifier: Apache-2.0
// Which slot each register of a function gets, and what is watched for uninitialized values at run
// time. Registers whose lifetimes do not meet share a slot: a thread needs fewer bytes, which stay
// in the cache. Most reads are proved here, once, to be of registers that every path has written.
// The others, and what is computed from them, have a mask of lanes whose value is initialized,
// which pure operations hand on: compilers compute with undefined values that nobody uses. A
// finding is where such a value decides something: an address, a branch, what is stored to global
// memory, what another lane gets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda/emulator/program/op.hpp"
#include "cuda/emulator/ptx/ast.hpp"

namespace assay::emulator {

// What one instruction does to registers; learnt while decoding.
struct RegisterUse {
  std::vector<int> reads, writes;
};

// How a slot is cut into lanes: a mask, or 1, 2, 4, 8 or 16 bytes each.
inline constexpr std::size_t kLaneShapes = 6;
std::size_t lane_shape(ptx::Type type);

// Before an instruction: the target's mask becomes what its sources' masks have in common; none:
// all active lanes. Of a selection, that of the chosen source.
struct CleanUpdate {
  int target = -1;
  std::vector<int> sources;
  bool is_load =
      false;  // after the instruction instead: what Warp::take_uninitialized does not name
  int predicate = -1, if_true = -1, if_false = -1;  // of a selection: registers; -1: none
};

struct RegisterPlan {
  std::vector<Slot> slots;  // by register
  std::uint32_t bytes = 0;  // of all of them
  std::array<std::uint32_t, kLaneShapes>
      scratch_bytes{};                   // most that one instruction needs, by shape
  std::vector<Slot> clean_masks;         // by register: kNoSlot, or its mask of initialized lanes
  std::vector<std::vector<int>> checks;  // by instruction: registers to check before it
  std::vector<std::vector<CleanUpdate>> updates;  // by instruction
};

std::uint32_t slot_bytes(ptx::Type type);

// Precondition: one RegisterUse an instruction. Guarded writes count as writes of unknown effect.
RegisterPlan plan_registers(const ptx::Function& function, const std::vector<RegisterUse>& uses);
// Every register its own slot, nothing checked.
RegisterPlan identity_plan(const ptx::Function& function);

}  // namespace assay::emulator
