// SPDX-License-Identifier: Apache-2.0
// One decoded instruction: a handler and where its operands lie. A register is an array of 32 lanes
// (structure of arrays) in the register block of a frame; a slot is its byte offset there.
// Constants are registers that are filled when a frame is made, so that handlers know one kind of
// operand. Layout of a slot, by the register's type: pred: one Mask; b8: 32 bytes; b16: 64; b32:
// 128; b64: 256; b128: 512 (lane after lane, 16 bytes each). Slots are 64-byte aligned.
#pragma once

#include <cstdint>

namespace assay::emulator {

class Warp;
struct Op;

inline constexpr int kLanes = 32;
using Mask = std::uint32_t;  // one bit a lane
inline constexpr Mask kAllLanes = 0xFFFFFFFF;

using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = 0xFFFFFFFF;

// What the warp does after a handler. next: the following instruction. jump: the handler has set
// the lanes' program counters. yield: like next, but other warps run first (a failed mbarrier test,
// nanosleep). block: the lanes stay at this instruction until something changes (a barrier). stop:
// the launch ends (a fatal finding).
enum class Flow : std::uint8_t { next, jump, yield, block, stop };

// Executes for the lanes of `active`, never none. Lanes outside it keep their registers.
using Handler = Flow (*)(Warp& warp, const Op& op, Mask active);

// Which lanes must stand at the instruction before it executes. members: those of the mask in
// `sync_mask` (shfl.sync, bar.warp.sync, ...; each lane names the mask). warp: all of the warp that
// have not exited
// (.aligned instructions: mma, ldmatrix, bar.sync, ...).
enum class Sync : std::uint8_t { none, members, warp };

struct Op {
  Handler run = nullptr;
  Slot guard = kNoSlot;  // predicate; lanes where it does not hold skip the instruction
  bool guard_negated = false;
  Sync sync = Sync::none;
  Slot sync_mask = kNoSlot;  // b32, with Sync::members
  Slot dst = kNoSlot;
  Slot a = kNoSlot, b = kNoSlot, c = kNoSlot;
  std::int64_t immediate = 0;  // address offset, jump target, lane count, ...: the family's choice
  const Slot* list = nullptr;  // operands beyond these (mma fragments, vectors, call arguments)
  const void* detail = nullptr;  // the family's own data, owned by the program
};

}  // namespace assay::emulator
