// SPDX-License-Identifier: Apache-2.0
// Which lanes execute next. Lanes at the same place (call depth and program counter) are a group;
// the deepest group with the smallest program counter goes first and runs until it meets another
// one, so lanes that parted at a branch meet at its join. A group that only polls gives way (a lane
// that spins on a lock must not starve the lane that holds it). Instructions that need several
// lanes (Op::sync) hold a group back until the others have come.
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

// Who must be there for the lane's sake. Of `here`, keeps the lanes that name the same mask as it.
Mask Warp::required(const Op& op, int lane, Mask& here) {
  if (op.sync == Sync::warp) return alive_;
  const auto* const masks = lanes<Mask>(op.sync_mask);
  Mask same = 0;
  for_each_lane(here, [&](int other) {
    if (masks[other] == masks[lane]) same |= 1u << other;
  });
  here = same;
  return masks[lane] & alive_;
}

// True where the operation may execute, for `active`, which lanes that have waited here join; else
// the active lanes wait.
bool Warp::arrive(const Op& op, Mask& active) {
  const int lane = std::countr_zero(active);
  Mask here = active;
  for_each_lane(waiting_, [&](int other) {
    const auto o = static_cast<std::size_t>(other);
    if (lane_pc_[o] == pc_ && lane_depth_[o] == depth_) here |= 1u << other;
  });
  const Mask needed = required(op, lane, here);
  if ((needed & ~here) != 0) {
    store_pc(group_ & ~active, pc_ + 1);
    store_pc(active, pc_);
    waiting_ |= active;
    return false;
  }
  const Mask skipping = group_ & ~active;  // their guard does not hold: they go on with the others
  const Mask left = active & ~here;        // they name another mask
  store_pc(left, pc_);
  if (left != 0) stop_pc_ = 0;
  waiting_ &= ~here;
  group_ = here | skipping;
  active = here;
  // Barriers take threads that have exited for arrived (PTX ISA 9.7.12, exit); matrix instructions
  // do not.
  const bool is_barrier = program().infos[pc_].op_class == OpClass::barrier;
  if (op.sync == Sync::warp && !is_barrier && alive_ != present_)
    report(*this, lane, FindingKind::barrier_divergence,
           fmt::format("needs all threads of the warp, but {} have exited",
                       lane_list(present_ & ~alive_)));
  return true;
}

// Lanes that wait for lanes that have exited meanwhile.
Mask Warp::wakeable() {
  for (Mask rest = waiting_; rest != 0;) {
    const int lane = std::countr_zero(rest);
    Mask here = at_same_place(rest, lane);
    rest &= ~here;
    const auto l = static_cast<std::size_t>(lane);
    registers_ = frame(lane_depth_[l], program().infos[lane_pc_[l]].function).registers;
    const Op& op = program().ops[lane_pc_[l]];
    for (Mask left = here; left != 0;) {
      Mask same = left;
      const Mask needed = required(op, std::countr_zero(left), same);
      if ((needed & ~same) == 0) return same;
      left &= ~same;
    }
  }
  return 0;
}

void Warp::report_stuck() {
  const int lane = std::countr_zero(waiting_);
  const auto l = static_cast<std::size_t>(lane);
  pc_ = lane_pc_[l];
  registers_ = frame(lane_depth_[l], program().infos[pc_].function).registers;
  const Op& op = program().ops[pc_];
  Mask here = at_same_place(waiting_, lane);
  const Mask absent = required(op, lane, here) & ~here;
  const int other = absent == 0 ? lane : std::countr_zero(absent);
  const bool is_member = op.sync == Sync::members;
  Finding finding;
  finding.kind = is_member ? FindingKind::shuffle_divergence : FindingKind::barrier_divergence;
  finding.other = party(*this, other, lane_pc_[static_cast<std::size_t>(other)]);
  finding.message = fmt::format("waits for {}, which stand at PTX line {} and cannot come",
                                lane_list(absent), lane_line(other));
  report(*this, lane, std::move(finding));
  state_ = State::stopped;
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
    Mask active = group_;
    if (op.guard != kNoSlot) {
      const Mask holds = predicate(op.guard);
      active &= op.guard_negated ? ~holds : holds;
    }
    if (active != 0) {
      if (op.sync != Sync::none && !arrive(op, active)) return done;
      if constexpr (kObserve) observe_before(*this, active);
      const Flow flow = op.run(*this, op, active);
      // What waits at a barrier is executed again when it may go on, and counts then.
      if constexpr (kObserve)
        if (flow != Flow::block) observe_after(*this, active);
      if (flow == Flow::jump) {
        if (moved_ == 0 && jump_lanes_ == group_) {
          pc_ = jump_target_;
        } else {
          if (moved_ == 0) store_pc(jump_lanes_, jump_target_);
          store_pc(group_ & alive_ & ~(moved_ | (moved_ == 0 ? jump_lanes_ : 0)), pc_ + 1);
          if constexpr (kObserve) {
            const Mask left = group_ & alive_;
            if (left != 0 && at_same_place(left, std::countr_zero(left)) != left)
              observe_divergence(*this, pc_);
          }
          moved_ = 0;
          return done;
        }
      } else if (flow == Flow::next) {
        ++pc_;
      } else {
        return leave(flow, active, done);
      }
    } else {
      ++pc_;
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
