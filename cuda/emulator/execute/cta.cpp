// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/execute/cta.hpp"

#include <algorithm>
#include <numeric>

#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/async_state.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"
#include "cuda/emulator/memory/tensor_memory.hpp"

namespace assay::emulator {
namespace {

// Operations that a warp executes before the next warp's turn.
constexpr std::uint64_t kTurn = 4096;
// A block that has executed so many operations without an effect, but with polls, waits for others.
constexpr std::uint64_t kIdleSteps = 200'000;
constexpr std::uint64_t kIdlePolls = 100;

}  // namespace

Cta::Cta(Launch& owner) : launch(owner) {
  const std::uint32_t count = (launch.threads() + kLanes - 1) / kLanes;
  for (std::uint32_t w = 0; w < count; ++w)
    warps.push_back(std::make_unique<Warp>(*this, w));
  order_.resize(count);
  std::iota(order_.begin(), order_.end(), 0);
}

Cta::~Cta() = default;

void Cta::start(std::uint64_t linear) {
  linear_index = linear;
  const Dim3& grid = launch.config.grid;
  index = {static_cast<std::uint32_t>(linear % grid[0]),
           static_cast<std::uint32_t>(linear / grid[0] % grid[1]),
           static_cast<std::uint32_t>(linear / grid[0] / grid[1])};
  if (shared == nullptr)
    shared = std::make_unique<SharedMemory>(
        launch.kernel.shared_bytes + launch.config.dynamic_shared_bytes, launch.threads());
  shared->start(&launch.memory, launch.first_tick, linear);
  async = std::make_unique<AsyncState>(*this);
  tensor.reset();
  barriers.fill(NamedBarrier{});
  uncertified.clear();
  effects = polls = effects_seen_ = polls_seen_ = idle_since_ = 0;
  random_ = launch.options.schedule_seed * 0xD1342543DE82EF95u + linear;
  unspecified.assign(launch.unspecified.size(), 0);
  if (!launch.counters.empty()) counters.assign(launch.counters.size(), PcCounters{});
  for (const auto& warp : warps)
    warp->restart();
}

// SplitMix64 (Steele, Lea, Flood 2014): the fuzzed schedule needs repeatable, not good, numbers.
std::uint32_t Cta::next_random(std::uint32_t below) {
  std::uint64_t z = random_ += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return static_cast<std::uint32_t>(((z ^ (z >> 31)) >> 32) * below >> 32);
}

std::uint64_t Cta::steps() const {
  std::uint64_t sum = 0;
  for (const auto& warp : warps)
    sum += warp->steps;
  return sum;
}

Cta::Turn Cta::turn() {
  const bool fuzzed = launch.options.schedule == Schedule::fuzzed;
  if (fuzzed)
    for (std::size_t w = order_.size(); w > 1; --w)
      std::swap(order_[w - 1], order_[next_random(static_cast<std::uint32_t>(w))]);
  bool is_done = true, can_go_on = false;
  const std::uint64_t before = effects;
  for (const std::uint32_t w : order_) {
    Warp& warp = *warps[w];
    const Mask alive = warp.alive();
    if (warp.state() == Warp::State::ready) warp.run(fuzzed ? 1 + next_random(kTurn / 8) : kTurn);
    if (warp.state() == Warp::State::stopped) return Turn::stopped;
    if (warp.alive() != alive) check_barriers();
  }
  for (const auto& warp : warps) {
    is_done &= warp->state() == Warp::State::done;
    can_go_on |= warp->state() == Warp::State::ready;
  }
  if (is_done) {
    async->finish();
    check_tensor_deallocation(*this);
    return Turn::done;
  }
  if (!can_go_on && effects == before) return Turn::stuck;
  return is_idle() ? Turn::idle : Turn::running;
}

bool Cta::is_idle() {
  const std::uint64_t now = steps();
  if (effects != effects_seen_) {
    effects_seen_ = effects;
    polls_seen_ = polls;
    idle_since_ = now;
    return false;
  }
  return polls - polls_seen_ >= kIdlePolls && now - idle_since_ >= kIdleSteps;
}

void Cta::report_deadlock() {
  if (tensor != nullptr && tensor->waiter) return report_tensor_deadlock(*this);
  const auto parked = std::ranges::find_if(warps, [](const auto& w) { return w->parked() != 0; });
  const auto polling =
      std::ranges::find_if(warps, [](const auto& w) { return w->repeated_wait() != nullptr; });
  Warp* const poller = polling == warps.end() ? nullptr : polling->get();
  if (parked != warps.end()) return report_parked(**parked, poller);
  if (poller != nullptr) return report_endless_wait(*poller);
  const auto alive = std::ranges::find_if(warps, [](const auto& w) { return w->alive() != 0; });
  if (alive == warps.end()) return;
  const int lane = std::countr_zero((*alive)->alive());
  (*alive)->stand_at(lane);
  report(**alive, lane, FindingKind::deadlock,
         "polls for something that no thread will change: the whole grid only polls");
}

// Threads wait at a barrier, and perhaps others, in a loop, for an mbarrier.
void Cta::report_parked(Warp& warp, const Warp* poller) {
  const int lane = std::countr_zero(warp.parked());
  const auto barrier = std::ranges::find_if(barriers, [&](const NamedBarrier& b) {
    return b.is_busy && b.waiting_lanes[warp.index()] != 0;
  });
  Finding finding;
  finding.kind = FindingKind::deadlock;
  finding.message = "no thread can go on";
  if (barrier != barriers.end())
    finding.message =
        fmt::format("waits at barrier {}, where {} of {} threads have arrived; no thread can go on",
                    barrier - barriers.begin(), barrier->arrived, expected_of(*barrier));
  if (poller != nullptr) {
    const Warp::FailedWait& wait = *poller->repeated_wait();
    finding.message += ": another waits for an mbarrier";
    finding.other = party(*poller, std::countr_zero(wait.lanes), wait.pc);
  }
  warp.stand_at(lane);
  report(warp, lane, std::move(finding));
}

void Cta::report_endless_wait(Warp& warp) {
  const Warp::FailedWait& wait = *warp.repeated_wait();
  Finding finding;
  finding.kind = FindingKind::deadlock;
  finding.address = wait.mbarrier;
  const Mbarrier* const object = async->mbarrier(wait.mbarrier);
  finding.message = object == nullptr
                        ? "waits for an mbarrier that is no longer valid"
                        : fmt::format(
                              "waits for phase {} of an mbarrier, which lacks {} of {} "
                              "arrivals and {} bytes; the whole grid only polls",
                              object->phase(), object->pending(), object->expected(), object->tx());
  warp.stand_at_wait();
  report(warp, std::countr_zero(wait.lanes), std::move(finding));
}

}  // namespace assay::emulator
