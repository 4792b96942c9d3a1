// SPDX-License-Identifier: Apache-2.0
// Which lanes execute next. Lanes at the same place (call depth and program counter) are a group;
// the deepest group with the smallest program counter goes first and runs until it meets another
// one, so lanes that parted at a branch meet at its join. A group that only polls gives way (a lane
// that spins on a lock must not starve the lane that holds it). Instructions that hold a group back
// until other lanes have come are in lane_sync.cpp.
#include <bit>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/observe/observe.hpp"

namespace assay::emulator {
namespace {

constexpr Pc kNowhere = 0xFFFFFFFF;
// How long one group may go on alone while others are ready: operations, and polls of memory.
constexpr std::uint64_t kAloneSteps = 50'000;
constexpr std::uint64_t kAlonePolls = 64;

bool is_fuzzed(const Cta& cta) {
  return cta.launch.options.schedule == Schedule::fuzzed;
}

template <bool kObserve>
Flow execute(Warp& warp, const Op& op, Mask active) {
  if constexpr (kObserve) observe_before(warp, active);
  const Flow flow = op.run(warp, op, active);
  // What waits at a barrier is executed again when it may go on, and counts then.
  if constexpr (kObserve)
    if (flow != Flow::block) observe_after(warp, active);
  return flow;
}

}  // namespace

Mask Warp::at_same_place(Mask lanes, int lane) const {
  const auto l = static_cast<std::size_t>(lane);
  Mask same = 0;
  for_each_lane(lanes, [&](int other) {
    const auto o = static_cast<std::size_t>(other);
    if (lane_pc_[o] == lane_pc_[l] && lane_depth_[o] == lane_depth_[l]) same |= 1u << other;
  });
  return same;
}

// A lane of the group that goes next.
int Warp::choose(Mask ready) {
  if (is_fuzzed(*cta_)) {
    int skip =
        static_cast<int>(cta_->next_random(static_cast<std::uint32_t>(std::popcount(ready))));
    for (; skip > 0; --skip)
      ready &= ready - 1;
    return std::countr_zero(ready);
  }
  if (must_rotate_) {
    const Mask others = ready & ~at_same_place(ready, last_lane_);
    if (others != 0) {
      const Mask later = others & (last_lane_ == kLanes - 1 ? 0 : kAllLanes << (last_lane_ + 1));
      return std::countr_zero(later != 0 ? later : others);
    }
  }
  int best = std::countr_zero(ready);
  for_each_lane(ready, [&](int lane) {
    const auto l = static_cast<std::size_t>(lane), b = static_cast<std::size_t>(best);
    const bool deeper = lane_depth_[l] > lane_depth_[b];
    if (deeper || (lane_depth_[l] == lane_depth_[b] && lane_pc_[l] < lane_pc_[b])) best = lane;
  });
  return best;
}

// The nearest place ahead where another group stands.
void Warp::set_stop(Mask others) {
  stop_pc_ = kNowhere;
  is_diverged_ = others != 0;
  for_each_lane(others, [&](int lane) {
    const auto l = static_cast<std::size_t>(lane);
    if (lane_depth_[l] == depth_ && lane_pc_[l] > pc_ && lane_pc_[l] < stop_pc_)
      stop_pc_ = lane_pc_[l];
  });
}

bool Warp::select() {
  if (alive_ == 0) {
    state_ = State::done;
    return false;
  }
  Mask ready = alive_ & ~waiting_ & ~parked_;
  if (ready == 0) {
    ready = wakeable();
    waiting_ &= ~ready;
  }
  if (ready == 0) {
    state_ = State::waiting;
    if (parked_ == 0) report_stuck();
    return false;
  }
  const int lane = choose(ready);
  must_rotate_ = false;
  last_lane_ = lane;
  group_ = at_same_place(ready, lane);
  if (is_fuzzed(*cta_) && group_ != (1u << lane) && cta_->next_random(4) == 0)
    group_ = (group_ & cta_->next_random(kNowhere)) | (1u << lane);
  const auto l = static_cast<std::size_t>(lane);
  pc_ = lane_pc_[l];
  depth_ = lane_depth_[l];
  frame_ = &frame(depth_, program().infos[pc_].function);
  registers_ = frame_->registers;
  set_stop(ready & ~group_);
  return true;
}

void Warp::store_pc(Mask lanes, Pc pc) {
  for_each_lane(lanes, [&](int lane) { lane_pc_[static_cast<std::size_t>(lane)] = pc; });
}

// A jump that not all of the group make, or to different places: its lanes are no longer one group.
template <bool kObserve>
void Warp::part() {
  if (moved_ == 0) store_pc(jump_lanes_, jump_target_);
  store_pc(group_ & alive_ & ~(moved_ | (moved_ == 0 ? jump_lanes_ : 0)), pc_ + 1);
  if constexpr (kObserve) {
    const Mask left = group_ & alive_;
    if (left != 0 && at_same_place(left, std::countr_zero(left)) != left)
      observe_divergence(*this, pc_);
  }
  moved_ = 0;
}

// Executes the group until it ends, meets or must give way to another. Returns operations executed.
template <bool kObserve>
std::uint64_t Warp::run_group(std::uint64_t budget) {
  const Op* const ops = program().ops.data();
  const std::uint64_t polls = cta_->polls;
  if (is_diverged_) budget = std::min(budget, kAloneSteps);
  std::uint64_t done = 0;
  while (done < budget) {
    const Op& op = ops[pc_];
    ++done;
    Mask active = guarded(op);
    if (active == 0) {
      ++pc_;
    } else {
      if (op.sync != Sync::none && !arrive(op, active)) return done;
      const Flow flow = execute<kObserve>(*this, op, active);
      if (flow == Flow::next) {
        ++pc_;
      } else if (flow != Flow::jump) {
        return leave(flow, active, done);
      } else if (moved_ == 0 && jump_lanes_ == group_) {
        pc_ = jump_target_;
      } else {
        part<kObserve>();
        return done;
      }
    }
    if (pc_ >= stop_pc_) break;
    if (is_diverged_ && cta_->polls - polls >= kAlonePolls) {
      must_rotate_ = true;
      break;
    }
  }
  if (is_diverged_ && done >= kAloneSteps) must_rotate_ = true;
  store_pc(group_, pc_);
  return done;
}

// The group stops after a handler's yield, block or stop.
std::uint64_t Warp::leave(Flow flow, Mask active, std::uint64_t done) {
  if (flow == Flow::stop) {
    state_ = State::stopped;
  } else if (flow == Flow::block) {
    parked_ |= active & ~released_;
    store_pc(active, pc_);
    store_pc(group_ & ~active, pc_ + 1);
    --done;
  } else {
    store_pc(group_, pc_ + 1);
    must_rotate_ = has_yielded_ = true;
  }
  return done;
}

Warp::State Warp::run(std::uint64_t budget) {
  has_yielded_ = false;
  const bool observes = cta_->launch.is_observed;
  while (budget > 0 && !has_yielded_ && state_ == State::ready && select()) {
    const std::uint64_t quantum =
        is_fuzzed(*cta_) ? std::min<std::uint64_t>(budget, 1 + cta_->next_random(32)) : budget;
    const std::uint64_t done = observes ? run_group<true>(quantum) : run_group<false>(quantum);
    steps += done;
    budget -= std::min(budget, done);
  }
  return state_;
}

}  // namespace assay::emulator
