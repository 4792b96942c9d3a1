// SPDX-License-Identifier: Apache-2.0
// bar and barrier (PTX ISA 9.7.13.1): a barrier completes when the threads that it expects have
// arrived; those that wait go on. Without a count it expects all threads of the block that have not
// exited. A warp that arrives as a whole counts as 32 threads, whatever its size.
#include <algorithm>
#include <bit>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/instructions/async_state.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"

namespace assay::emulator {
namespace {

std::uint32_t contribution(const Warp& warp, Mask lanes) {
  return lanes == warp.alive() ? kLanes : static_cast<std::uint32_t>(std::popcount(lanes));
}

}  // namespace

std::uint32_t Cta::expected_of(const NamedBarrier& barrier) const {
  if (barrier.expected != 0) return barrier.expected;
  std::uint32_t warps_alive = 0;
  for (const auto& warp : warps)
    warps_alive += warp->alive() != 0 ? 1 : 0;
  return warps_alive * kLanes;
}

bool Cta::is_complete(const NamedBarrier& barrier) const {
  if (!barrier.is_busy) return false;
  if (barrier.expected != 0) return barrier.arrived >= barrier.expected;
  for (std::size_t w = 0; w < warps.size(); ++w)
    if ((warps[w]->alive() & ~barrier.arrived_lanes[w]) != 0) return false;
  return true;
}

void Cta::complete(NamedBarrier& barrier) {
  shared->clocks().barrier(barrier.arrived_lanes, barrier.waiting_lanes);
  std::uint32_t threads = 0;
  for (const Mask lanes : barrier.arrived_lanes)
    threads += static_cast<std::uint32_t>(std::popcount(lanes));
  for (std::size_t w = 0; w < warps.size(); ++w)
    if (barrier.waiting_lanes[w] != 0)
      warps[w]->release(barrier.waiting_lanes[w], barrier.votes, threads);
  barrier = NamedBarrier{};
  ++effects;
}

void Cta::check_barriers() {
  for (NamedBarrier& barrier : barriers)
    if (is_complete(barrier)) complete(barrier);
  async->cluster_barrier.check();
}

NamedBarrier* Cta::join(Warp& warp, Mask lanes, std::uint32_t number, std::uint32_t expected,
                        Flow& flow) {
  const auto refuse = [&](std::string why) {
    flow = report(warp, std::countr_zero(lanes), FindingKind::barrier_divergence, std::move(why));
    return nullptr;
  };
  if (number >= barriers.size())
    return refuse(fmt::format("there is no barrier {}; they are 0 to 15", number));
  if (expected % kLanes != 0)
    return refuse(fmt::format("the thread count {} is no multiple of 32", expected));
  NamedBarrier& barrier = barriers[number];
  if (!barrier.is_busy) {
    barrier.is_busy = true;
    barrier.expected = expected;
    barrier.pc = warp.pc();
    barrier.arrived_lanes.assign(warps.size(), 0);
    barrier.waiting_lanes.assign(warps.size(), 0);
  } else if (barrier.expected != expected) {
    return refuse(fmt::format("barrier {} expects {} threads here and {} at PTX line {}", number,
                              expected, barrier.expected,
                              launch.program.infos[barrier.pc].ptx_line));
  }
  barrier.arrived += contribution(warp, lanes);
  barrier.arrived_lanes[warp.index()] |= lanes;
  ++effects;
  return &barrier;
}

Flow Cta::barrier_sync(Warp& warp, Mask lanes, std::uint32_t number, std::uint32_t expected,
                       Mask votes) {
  Flow flow = Flow::block;
  NamedBarrier* const barrier = join(warp, lanes, number, expected, flow);
  if (barrier == nullptr) return flow;
  barrier->waiting_lanes[warp.index()] |= lanes;
  barrier->votes += static_cast<std::uint32_t>(std::popcount(lanes & votes));
  if (is_complete(*barrier)) complete(*barrier);
  return flow;
}

Flow Cta::barrier_arrive(Warp& warp, Mask lanes, std::uint32_t number, std::uint32_t expected) {
  Flow flow = Flow::next;
  NamedBarrier* const barrier = join(warp, lanes, number, expected, flow);
  if (barrier != nullptr && is_complete(*barrier)) complete(*barrier);
  return flow;
}

}  // namespace assay::emulator
