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
  // Of loads: what counts as one value. A value none of whose bytes is initialized is an
  // uninitialized read. 0: any byte that is not.
  std::uint32_t element_bytes = 0;
  // Of loads, a bit an element: nothing but stores use it. If other elements of the lane are
  // initialized it is padding that is copied along, which is no finding.
  std::uint32_t copied = 0;
  // Of loads: an uninitialized value in local or shared memory is no finding yet; the warp learns
  // which lanes got one (Warp::take_uninitialized), and its registers are watched from there on.
  bool defers_uninitialized = false;
};

// The host bytes of one lane's access, after checks: address range, alignment, allocation,
// initialized (loads and atomics), read-only, races (by the block's clocks), lost updates. Null
// after a fatal finding: return Flow::stop then. Stores and atomics mark the bytes initialized; the
// caller writes them. Relaxed and stronger accesses move the block's clocks here; atomics count as
// polls, stores as effects (of atomics the caller knows whether they had one).
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
