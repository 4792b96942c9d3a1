// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/memory/race_clocks.hpp"

#include <algorithm>

#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/memory/global_memory.hpp"

namespace assay::emulator {
namespace {

Mask lanes_of(std::uint32_t threads, std::uint32_t warp) {
  const std::uint32_t rest = threads - warp * kLanes;
  return rest >= kLanes ? kAllLanes : (1u << rest) - 1;
}

void raise(Clock& clock, const Clock& other) {
  for (std::size_t w = 0; w < kMaxWarps; ++w)
    clock[w] = std::max(clock[w], other[w]);
}

}  // namespace

RaceClocks::RaceClocks(std::uint32_t threads, std::function<void()> forget)
    : threads_(threads),
      warps_((threads + kLanes - 1) / kLanes),
      forget_(std::move(forget)),
      view_(warps_),
      floor_(warps_),
      lanes_(warps_),
      fenced_(warps_),
      pending_(warps_),
      has_fenced_(warps_),
      has_pending_(warps_) {
  start(nullptr, 0, 0);
}

void RaceClocks::start(GlobalMemory* memory, Tick launch, std::uint64_t block) {
  memory_ = memory;
  launch_ = launch;
  block_ = block;
  const Tick first = memory == nullptr ? 0 : memory->ticks().draw(launch, block);
  if (first == 0) return number_alone();
  if (first <= now_) forget_();
  begin(first, first + kTickChunk);
}

// Goes on with ticks that mean nothing outside the block: global memory is watched no more. When
// there are none left, all that was noted is forgotten: races across this moment go unseen, and
// nothing false is reported.
void RaceClocks::number_alone() {
  memory_ = nullptr;
  if (now_ + 1 >= kLastTick) {
    forget_();
    now_ = 0;
  }
  begin(now_ + 1, kLastTick);
}

// All that is older than `first` counts as seen by everyone.
void RaceClocks::begin(Tick first, Tick end) {
  now_ = first;
  end_ = end;
  Clock before;
  before.fill(first - 1);
  std::ranges::fill(view_, before);
  std::ranges::fill(floor_, first - 1);
  for (auto& lanes : lanes_)
    lanes.reset();
  std::ranges::fill(has_fenced_, 0);
  std::ranges::fill(has_pending_, 0);
  objects_.clear();
  locations_.clear();
}

void RaceClocks::advance() {
  if (++now_ < end_) return;
  const Tick first = memory_ == nullptr ? 0 : memory_->ticks().draw(launch_, block_);
  if (first == 0) return number_alone();
  now_ = first;
  end_ = first + kTickChunk;
}

void RaceClocks::update_floor(std::uint32_t warp) {
  Tick least = view_[warp][0];
  for (std::uint32_t w = 1; w < warps_; ++w)
    least = std::min(least, view_[warp][w]);
  floor_[warp] = least;
}

void RaceClocks::join(std::uint32_t warp, const Clock& clock) {
  raise(view_[warp], clock);
  update_floor(warp);
}

// What a release by the warp makes known: all that it has seen, and all that it has done.
Clock RaceClocks::released(std::uint32_t warp) const {
  Clock clock = view_[warp];
  clock[warp] = now_;
  return clock;
}

void RaceClocks::barrier(const std::vector<Mask>& arrived, const std::vector<Mask>& waiting) {
  Clock met{};
  for (std::uint32_t w = 0; w < warps_; ++w)
    if ((arrived[w] | waiting[w]) != 0) raise(met, released(w));
  for (std::uint32_t w = 0; w < warps_; ++w)
    if (waiting[w] != 0) join(w, met);
  advance();
}

void RaceClocks::warp_sync(std::uint32_t warp, Mask lanes) {
  const Mask present = lanes_of(threads_, warp);
  if ((present & ~lanes) == 0) {
    view_[warp][warp] = now_;
    update_floor(warp);
    lanes_[warp].reset();
    return advance();
  }
  if (lanes_[warp] == nullptr) lanes_[warp] = std::make_unique<Lanes>();
  auto& seen = lanes_[warp]->seen;
  std::array<Tick, kLanes> met{};
  for_each_lane(lanes & present, [&](int lane) {
    const auto& own = seen[static_cast<std::size_t>(lane)];
    for (std::size_t other = 0; other < kLanes; ++other)
      met[other] = std::max(met[other], own[other]);
  });
  for_each_lane(lanes & present, [&](int lane) { met[static_cast<std::size_t>(lane)] = now_; });
  for_each_lane(lanes & present, [&](int lane) { seen[static_cast<std::size_t>(lane)] = met; });
  lanes_[warp]->last_meeting = now_;
  advance();
}

void RaceClocks::release(std::uint32_t warp, std::uint64_t object) {
  raise(objects_[object], released(warp));
  advance();
}

void RaceClocks::acquire(std::uint32_t warp, std::uint64_t object) {
  const auto found = objects_.find(object);
  if (found != objects_.end()) join(warp, found->second);
}

void RaceClocks::reset(std::uint64_t object) {
  objects_.erase(object);
}

void RaceClocks::fence(std::uint32_t warp) {
  if (has_pending_[warp] != 0) join(warp, pending_[warp]);
  has_pending_[warp] = 0;
  fenced_[warp] = released(warp);
  has_fenced_[warp] = 1;
  advance();
}

void RaceClocks::atomic_read(std::uint32_t warp, std::uint64_t address, bool acquires) {
  if (locations_.empty()) return;
  const auto found = locations_.find(address);
  if (found == locations_.end()) return;
  if (acquires) return join(warp, found->second);
  if (has_pending_[warp] == 0) pending_[warp] = Clock{};
  has_pending_[warp] = 1;
  raise(pending_[warp], found->second);
}

void RaceClocks::atomic_write(std::uint32_t warp, std::uint64_t address, bool releases) {
  if (releases) {
    raise(locations_[address], released(warp));
    return advance();
  }
  if (has_fenced_[warp] == 0) return;
  if (is_seen_by_all(*std::ranges::max_element(fenced_[warp]))) {
    has_fenced_[warp] = 0;
  } else {
    raise(locations_[address], fenced_[warp]);
  }
}

bool RaceClocks::is_seen_by_all(Tick tick) const {
  return std::ranges::all_of(floor_, [&](Tick seen) { return seen >= tick; });
}

bool RaceClocks::is_ordered(Word word, std::uint32_t warp, int lane) const {
  const Tick tick = tick_of(word);
  const std::uint32_t by = warp_of(word);
  if (tick <= view_[warp][by]) return true;
  if (by != warp) return false;
  if ((word & kSharedOutFlag) != 0) return true;  // which lane had which byte is not known
  const Lanes* const lanes = lanes_[warp].get();
  if ((word & kTogetherFlag) != 0) return lanes != nullptr && tick <= lanes->last_meeting;
  if (lane_of(word) == lane) return true;
  return lanes != nullptr &&
         tick <=
             lanes->seen[static_cast<std::size_t>(lane)][static_cast<std::size_t>(lane_of(word))];
}

}  // namespace assay::emulator
