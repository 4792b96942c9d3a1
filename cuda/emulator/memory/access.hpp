// SPDX-License-Identifier: Apache-2.0
// The one door to memory for handlers: where an address points, whether the lane may touch it, and
// what the sanitizers make of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/ptx/ast.hpp"

namespace assay::emulator {

enum class AccessKind : std::uint8_t { load, store, atomic };

// PTX memory model, by modifier: weak (none, .nc), relaxed (.relaxed, .volatile, .mmio), the rest
// as spelled. Atomics without a modifier are relaxed.
enum class Ordering : std::uint8_t { weak, relaxed, acquire, release, acq_rel };

struct AccessRule {
  ptx::Space space = ptx::Space::generic;
  AccessKind kind = AccessKind::load;
  Ordering ordering = Ordering::weak;
  std::uint32_t bytes = 4;       // one lane's
  std::uint32_t align = 4;       // 1 where the instruction has no requirement
  bool is_non_coherent = false;  // ld.global.nc: not watched for races
};

// The host bytes of one lane's access, after checks: address range, alignment, allocation,
// initialized (loads and atomics), read-only, races (by the block's clocks), lost updates. Null
// after a fatal finding: return Flow::stop then. Stores and atomics mark the bytes initialized; the
// caller writes them.
std::byte* access(Warp& warp, int lane, const AccessRule& rule, std::uint64_t address);

// A warp's loads and stores: data[lane * rule.bytes ...] for active lanes, addresses[lane] each.
// Fast for dense accesses. Also counts sectors and wavefronts where the launch keeps counters. The
// result is Flow::next or Flow::stop.
Flow load(Warp& warp, Mask active, const AccessRule& rule, const std::uint64_t* addresses,
          std::byte* data);
Flow store(Warp& warp, Mask active, const AccessRule& rule, const std::uint64_t* addresses,
           const std::byte* data);

// Counts an access that was made lane by lane through access() (atomics, ldmatrix, cp.async).
void count_access(Warp& warp, Mask active, const AccessRule& rule, const std::uint64_t* addresses);

// Offset in the block's shared memory of a shared or generic address, for mbarriers and async
// copies. Nothing (a finding was reported) where it points elsewhere.
bool shared_offset(Warp& warp, int lane, ptx::Space space, std::uint64_t address,
                   std::uint32_t bytes, std::uint32_t align, std::uint32_t& offset);

}  // namespace assay::emulator
