// SPDX-License-Identifier: Apache-2.0
// What LaneAccess asks of the clocks: is the access ordered with those before it, and what do
// atomic accesses order?
#include <algorithm>
#include <cstring>

#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/memory/lane_access.hpp"

namespace assay::emulator {

RaceView race_view(Cta& cta, std::uint32_t warp, Pc pc, bool is_global) {
  const Launch& launch = cta.launch;
  return race_view(cta.shared->clocks(), warp, pc, is_global,
                   !launch.kernel.uses_global_atomics && !launch.config.is_cooperative);
}

PageLocks* page_locks(Cta& cta) {
  return cta.launch.runs_side_by_side ? &cta.launch.memory.locks() : nullptr;
}

const RaceView& LaneAccess::view(ptx::Space space) {
  const bool is_global = space == ptx::Space::global;
  std::optional<RaceView>& view = is_global ? global_view_ : shared_view_;
  if (!view) view = race_view(cta_, warp_.index(), warp_.pc(), is_global);
  return *view;
}

void LaneAccess::synchronize_before(const Place& place) {
  const bool acquires = rule_.ordering == Ordering::acquire || rule_.ordering == Ordering::acq_rel;
  if (rule_.kind != AccessKind::store) {
    shared_.clocks().atomic_read(warp_.index(), place.generic, acquires);
    shared_view_.reset();
    global_view_.reset();
  }
}

void LaneAccess::synchronize_after(const Place& place) {
  const bool releases = rule_.ordering == Ordering::release || rule_.ordering == Ordering::acq_rel;
  if (rule_.kind != AccessKind::load) {
    shared_.clocks().atomic_write(warp_.index(), place.generic, releases);
    shared_view_.reset();
    global_view_.reset();
  }
}

std::optional<Conflict> LaneAccess::race_on(int lane, const ShadowWords& words, Word bytes,
                                            bool is_silent, Mask readers, const RaceView& race) {
  const Word atomic = is_atomic() ? kAtomicFlag : 0;
  if (rule_.kind == AccessKind::load) {
    const auto conflict = check_read(race, lane, bytes, is_atomic(), words);
    const Word together = (readers & (readers - 1)) != 0 ? kTogetherFlag : 0;
    note_read(race, lane, bytes, atomic | together, words);
    return conflict;
  }
  const auto conflict = check_write(race, lane, bytes, is_atomic(), is_silent, words);
  const bool is_same = conflict && conflict->is_same_value;
  note_write(race, lane, bytes, atomic | (is_same ? kTogetherFlag : 0), words);
  return conflict;
}

bool LaneAccess::check_races(int lane, const Place& place, const std::byte* value, Mask readers) {
  const RaceView& race_view = view(place.space);
  const std::uint64_t end = place.generic + rule_.bytes;
  ShadowWords granule = words(place);
  for (std::uint64_t at = place.generic; at < end; granule = granule + 1) {
    const std::uint64_t next = std::min((at / kGranule + 1) * kGranule, end);
    const std::uint64_t offset = at - place.generic;
    if (race_view.is_global) guard_.hold(at - kGlobalBase, next - 1 - kGlobalBase);
    const Word bytes = ((Word{1} << (next - at)) - 1) << (at % kGranule);
    const bool is_silent =
        value != nullptr && std::memcmp(value + offset, place.data + offset, next - at) == 0;
    const auto conflict = race_on(lane, granule, bytes, is_silent, readers, race_view);
    if (conflict && (!conflict->is_same_value || cta_.launch.program.infos[warp_.pc()].is_update)) {
      if (!race(lane, place, *conflict)) return false;
    }
    at = next;
  }
  return true;
}

}  // namespace assay::emulator
