// SPDX-License-Identifier: Apache-2.0
// One memory operation of one warp while it is checked: where its lanes' addresses lie, and what
// the sanitizers say of them.
#pragma once

#include <optional>
#include <string>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/memory/access.hpp"
#include "cuda/emulator/memory/page_locks.hpp"
#include "cuda/emulator/memory/race_check.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"

namespace assay::emulator {

// Bytes that exist, in host memory.
struct Place {
  ptx::Space space = ptx::Space::global;  // global (constants, too), shared, local or param
  std::byte* data = nullptr;
  std::uint8_t* shadow = nullptr;  // null for parameters; of local memory: written or not
  std::uint64_t generic = 0;       // address
};

// What the warp's operation knows of the block's clocks, for words of shared or global memory.
RaceView race_view(Cta& cta, std::uint32_t warp, Pc pc, bool is_global);
// Null: no other block runs meanwhile.
PageLocks* page_locks(Cta& cta);

// From touch to touch, and to its end, it holds the lock of the page that was touched.
class LaneAccess {
 public:
  LaneAccess(Warp& warp, const AccessRule& rule);

  // Nothing where they are not all in one space's memory. Neither the allocation nor the alignment
  // is looked at.
  std::optional<Place> locate(int lane, std::uint64_t address, std::uint64_t bytes) const;
  // All checks of one lane; `value`: what will be stored, where that is known. Null: stop.
  std::byte* touch(int lane, std::uint64_t address, const std::byte* value);
  // Of a load that `readers` make of the same bytes.
  std::byte* touch_together(Mask readers, std::uint64_t address);

  bool shared_offset(int lane, std::uint64_t address, std::uint32_t& offset);

  bool is_private(std::uint64_t address) const;  // each lane has memory of its own there
  bool is_watched(ptx::Space space) const;
  ShadowWords words(const Place& place) const;
  const RaceView& view(ptx::Space space);

 private:
  bool is_atomic() const {
    return rule_.kind == AccessKind::atomic || rule_.ordering != Ordering::weak;
  }
  std::byte* touch(int lane, std::uint64_t address, const std::byte* value, Mask readers);
  bool check_state(int lane, const Place& place);
  bool check_local(int lane, const Place& place);
  bool check_uninitialized(int lane, const Place& place);
  bool check_races(int lane, const Place& place, const std::byte* value, Mask readers);
  std::optional<Conflict> race_on(int lane, const ShadowWords& words, Word bytes, bool is_silent,
                                  Mask readers, const RaceView& race);
  void synchronize_before(const Place& place);
  void synchronize_after(const Place& place);

  // These return false where the launch must stop.
  bool fault(int lane, std::uint64_t address);
  bool fault_in_allocation(int lane, const Place& place);
  bool misaligned(int lane, const Place& place);
  bool uninitialized(int lane, const Place& place, std::uint32_t first, std::uint32_t count);
  bool in_flight(int lane, const Place& place, std::uint32_t byte);
  bool race(int lane, const Place& place, const Conflict& conflict);
  bool finding(int lane, const Place& place, FindingKind kind, std::string message);
  std::string describe(const Place& place) const;
  Party party_of(const Conflict& conflict) const;

  Warp& warp_;
  const AccessRule& rule_;
  Cta& cta_;
  SharedMemory& shared_;
  std::optional<RaceView> shared_view_, global_view_;
  PageGuard guard_;
};

}  // namespace assay::emulator
