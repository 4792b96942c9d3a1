// SPDX-License-Identifier: Apache-2.0
// Instructions that need several lanes (Op::sync): lanes that come to one wait until the others
// have come or exited.
#include <bit>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/execute/warp.hpp"

namespace assay::emulator {

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

}  // namespace assay::emulator
