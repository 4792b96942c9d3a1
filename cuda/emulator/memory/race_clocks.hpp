// SPDX-License-Identifier: Apache-2.0
// The clocks of one block. Time is counted in ticks, which all of the block's warps share; a tick
// ends where somebody releases something. A warp's view says, of each warp, up to which tick what
// it did happens before what the viewing warp does next. Inside a warp, lanes are told apart where
// only some of them meet at a bar.warp.sync.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "cuda/emulator/memory/shadow_word.hpp"

namespace assay::emulator {

class GlobalMemory;

inline constexpr std::uint32_t kMaxWarps = 32;
using Clock = std::array<Tick, kMaxWarps>;

class RaceClocks {
 public:
  // `forget` clears the block's shadow words: called when ticks begin anew.
  RaceClocks(std::uint32_t threads, std::function<void()> forget);

  // A block begins; everything before lies behind it. Where `memory` is given its launch is
  // watched: ticks are drawn from there.
  void start(GlobalMemory* memory, Tick launch, std::uint64_t block);

  // All threads of these warps' masks have met (bar.sync; by warp: the participating lanes; those
  // that only arrive release, those that wait acquire, too).
  void barrier(const std::vector<Mask>& arrived, const std::vector<Mask>& waiting);
  void warp_sync(std::uint32_t warp, Mask lanes);  // bar.warp.sync
  // A sync object, named by its shared offset (mbarriers): what `warp` did before release happens
  // before what a warp does after acquire. reset forgets (mbarrier.init, inval).
  void release(std::uint32_t warp, std::uint64_t object);
  void acquire(std::uint32_t warp, std::uint64_t object);
  void reset(std::uint64_t object);
  // fence.* / membar.*: makes the warp's relaxed accesses before and after it release and acquire.
  void fence(std::uint32_t warp);
  // A relaxed or stronger access to a location (any space; generic address). access(), load() and
  // store() call these themselves.
  void atomic_read(std::uint32_t warp, std::uint64_t address, bool acquires);
  void atomic_write(std::uint32_t warp, std::uint64_t address, bool releases);

  Tick now() const { return now_; }
  // Words of this block below it are ordered before whatever the warp does now.
  Word limit(std::uint32_t warp) const { return Word{floor_[warp] + 1} << kTickShift; }
  const Clock& view(std::uint32_t warp) const { return view_[warp]; }
  // Is what the word of this block says ordered before the lane's operation?
  bool is_ordered(Word word, std::uint32_t warp, int lane) const;

  // Does all of the block that was done up to then happen before whatever any warp does now?
  bool is_seen_by_all(Tick tick) const;

  // Of words of global memory.
  bool watches_global() const { return memory_ != nullptr; }
  Tick launch() const { return launch_; }
  std::uint64_t block() const { return block_; }
  GlobalMemory* memory() const { return memory_; }

 private:
  // Lane i of a warp has seen lane j up to tick seen[i][j], beside what the warp's view says.
  struct Lanes {
    std::array<std::array<Tick, kLanes>, kLanes> seen{};
    Tick last_meeting = 0;
  };

  void advance();
  void number_alone();
  void begin(Tick first, Tick end);
  void join(std::uint32_t warp, const Clock& clock);
  void update_floor(std::uint32_t warp);
  Clock released(std::uint32_t warp) const;

  std::uint32_t threads_, warps_;
  std::function<void()> forget_;
  GlobalMemory* memory_ = nullptr;
  Tick launch_ = 0;
  std::uint64_t block_ = 0;
  Tick now_ = 0, end_ = 0;  // this tick, and the first that is not drawn yet
  std::vector<Clock> view_;
  std::vector<Tick> floor_;  // least of each view
  std::vector<std::unique_ptr<Lanes>> lanes_;
  std::vector<Clock> fenced_, pending_;  // at the last fence; to be acquired by the next one
  std::vector<std::uint8_t> has_fenced_, has_pending_;
  std::unordered_map<std::uint64_t, Clock> objects_, locations_;
};

}  // namespace assay::emulator
