// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/cluster_barrier.hpp"

#include <bit>

#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/async_state.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"

namespace assay::emulator {
namespace {

// No mbarrier has such a clock (AsyncState::clock_of).
constexpr std::uint64_t kClock = std::uint64_t{1} << 62;

Flow report_order(Warp& warp, Mask lanes, std::string_view what) {
  return report(warp, std::countr_zero(lanes), FindingKind::barrier_divergence,
                fmt::format("{}: {}", lane_list(lanes), what));
}

}  // namespace

bool ClusterBarrier::is_complete() const {
  bool has_arrival = false;
  for (std::size_t w = 0; w < arrived_.size(); ++w) {
    if ((cta_.warps[w]->alive() & ~arrived_[w]) != 0) return false;
    has_arrival |= arrived_[w] != 0;
  }
  return has_arrival;
}

void ClusterBarrier::check() {
  if (!is_complete()) return;
  ++phase_;
  ++cta_.effects;
  for (std::size_t w = 0; w < arrived_.size(); ++w) {
    may_pass_[w] = arrived_[w];
    if (waiting_[w] != 0) cta_.warps[w]->release(waiting_[w], 0, 0);
    arrived_[w] = waiting_[w] = 0;
  }
}

Flow ClusterBarrier::arrive(Warp& warp, Mask lanes, bool releases) {
  const std::size_t w = warp.index();
  if (arrived_.empty()) {
    for (auto* const masks : {&arrived_, &may_pass_, &waiting_})
      masks->assign(cta_.warps.size(), 0);
  }
  if (const Mask again = lanes & (arrived_[w] | may_pass_[w]); again != 0)
    return report_order(warp, again, "barrier.cluster.arrive without a wait since the last one");
  if (releases) cta_.shared->clocks().release(warp.index(), kClock + (phase_ & 1));
  arrived_[w] |= lanes;
  ++cta_.effects;
  check();
  return Flow::next;
}

Flow ClusterBarrier::wait(Warp& warp, Mask lanes, bool acquires) {
  const std::size_t w = warp.index();
  if (const Mask absent = arrived_.empty() ? lanes : lanes & ~(arrived_[w] | may_pass_[w]);
      absent != 0)
    return report_order(warp, absent, "barrier.cluster.wait without an arrive before");
  if (warp.take_released(lanes) || (lanes & ~may_pass_[w]) == 0) {
    may_pass_[w] &= ~lanes;
    if (acquires) cta_.shared->clocks().acquire(warp.index(), kClock + ((phase_ - 1) & 1));
    return Flow::next;
  }
  waiting_[w] |= lanes & arrived_[w];
  return Flow::block;
}

namespace {

struct ClusterDetail {
  bool is_ordered = true;  // .release or .acquire, the default; else .relaxed
};

Flow cluster_arrive(Warp& warp, const Op& op, Mask active) {
  const auto& detail = *static_cast<const ClusterDetail*>(op.detail);
  return warp.cta().async->cluster_barrier.arrive(warp, active, detail.is_ordered);
}

Flow cluster_wait(Warp& warp, const Op& op, Mask active) {
  const auto& detail = *static_cast<const ClusterDetail*>(op.detail);
  return warp.cta().async->cluster_barrier.wait(warp, active, detail.is_ordered);
}

}  // namespace

Status decode_cluster_barrier(OpBuilder& builder) {
  ASSAY_TRY(
      builder.only({"cluster", "arrive", "wait", "release", "relaxed", "acquire", "aligned"}));
  ASSAY_TRY(builder.expect_operands(0, 0));
  const auto* const detail = builder.program().keep(ClusterDetail{!builder.has("relaxed")});
  Op& op = builder.emit(builder.has("arrive") ? cluster_arrive : cluster_wait, OpClass::barrier);
  op.detail = detail;
  if (builder.has("aligned")) op.sync = Sync::warp;
  return {};
}

}  // namespace assay::emulator
