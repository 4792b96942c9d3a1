// SPDX-License-Identifier: Apache-2.0
// Blocks that cannot see each other run on several host threads, each from its first to its last
// instruction. Others run on one: a block that only polls gives way to the next, so that all blocks
// that may be resident together make progress.
#include "cuda/emulator/execute/grid.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/launch.hpp"

namespace assay::emulator {
namespace {

constexpr std::size_t kMaxResident = 4096;  // blocks that take turns
constexpr std::size_t kFuzzedResident = 8;  // that do so even where none has to wait

std::uint64_t blocks(const Launch& launch) {
  const Dim3& grid = launch.config.grid;
  return std::uint64_t{grid[0]} * grid[1] * grid[2];
}

class GridRun {
 public:
  explicit GridRun(Launch& launch) : launch_(launch), count_(blocks(launch)) {
    if (launch.options.schedule == Schedule::fuzzed) shuffle();
  }

  void run() {
    const std::uint64_t threads = host_threads();
    if (launch_.kernel.uses_global_atomics || launch_.config.is_cooperative) return run_together();
    launch_.runs_side_by_side = threads > 1;
    std::vector<std::thread> helpers;
    for (std::uint64_t t = 1; t < threads; ++t)
      helpers.emplace_back([this] { run_apart(); });
    run_apart();
    for (std::thread& helper : helpers)
      helper.join();
    if (threads > 1 && last_ < count_) drop_later_findings();
  }

 private:
  std::uint64_t host_threads() const {
    const Options& options = launch_.options;
    const bool has_trace = launch_.trace || options.break_line != 0;
    if (has_trace || options.schedule == Schedule::fuzzed) return 1;  // in the order of blocks
    const std::uint64_t wanted = options.threads > 0
                                     ? static_cast<std::uint64_t>(options.threads)
                                     : std::max(1u, std::thread::hardware_concurrency());
    return std::min(wanted, count_);
  }

  // Fisher-Yates on a linear congruence is enough to vary the order of blocks.
  void shuffle() {
    if (count_ > (1u << 20)) return;
    order_.resize(count_);
    std::iota(order_.begin(), order_.end(), 0);
    std::uint64_t state = launch_.options.schedule_seed * 2862933555777941757u + 3037000493u;
    for (std::size_t i = order_.size(); i > 1; --i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      std::swap(order_[i - 1], order_[(state >> 33) % i]);
    }
  }

  std::uint64_t block(std::uint64_t position) const {
    return order_.empty() ? position : order_[position];
  }

  void finish(Cta& cta) {
    const std::uint64_t steps = cta.steps();
    const std::lock_guard lock(mutex_);
    launch_.steps += steps;
    for (std::size_t pc = 0; pc < cta.counters.size(); ++pc)
      launch_.counters[pc] += cta.counters[pc];
    for (std::size_t i = 0; i < cta.unspecified.size(); ++i)
      launch_.unspecified[i] += cta.unspecified[i];
  }

  // Whether the launch ends with this block. Reports a deadlock or the limit of steps.
  bool ends_launch(Cta& cta, Cta::Turn turn) {
    if (turn == Cta::Turn::stuck) cta.report_deadlock();
    if (turn == Cta::Turn::stuck || turn == Cta::Turn::stopped) return true;
    const std::uint64_t limit = launch_.options.max_steps;
    if (limit == 0 || launch_.steps + cta.steps() <= limit) return false;
    cta.warps[0]->stand_at(0);
    report(*cta.warps[0], 0, FindingKind::step_limit,
           fmt::format("the launch has executed more than {} warp instructions", limit));
    return true;
  }

  void end_with(std::uint64_t position) {
    std::uint64_t last = last_;
    while (position < last && !last_.compare_exchange_weak(last, position)) {
    }
  }

  // Blocks before the last one go on, whoever runs them: host threads do not decide what is found.
  void run_apart() {
    Cta cta(launch_);
    for (std::uint64_t next = next_++; next < count_ && next < last_; next = next_++) {
      cta.start(block(next));
      auto turn = Cta::Turn::running;
      while (turn != Cta::Turn::done && next < last_) {
        turn = cta.turn();
        if (turn == Cta::Turn::idle) turn = Cta::Turn::stuck;  // nobody outside can help
        if (ends_launch(cta, turn)) end_with(next);
      }
      finish(cta);
    }
  }

  // What blocks beyond the last one have found meanwhile. Several threads take blocks in their
  // order.
  void drop_later_findings() {
    const Dim3& grid = launch_.config.grid;
    launch_.findings.drop([&](const Finding& finding) {
      const auto& [x, y, z] = finding.at.block;
      return x + grid[0] * (y + std::uint64_t{grid[1]} * z) > last_;
    });
  }

  void run_together() {
    std::vector<std::unique_ptr<Cta>> resident;
    std::size_t current = 0, idle = 0;
    const bool fuzzed = launch_.options.schedule == Schedule::fuzzed;
    while (next_ < count_ || !resident.empty()) {
      const bool may_admit = next_ < count_ && resident.size() < kMaxResident;
      const bool wants_more =
          idle >= resident.size() || (fuzzed && resident.size() < kFuzzedResident);
      if (may_admit && wants_more) {
        current = resident.size();
        admit(resident);
        idle = 0;
      }
      Cta& cta = *resident[current];
      const Cta::Turn turn = cta.turn();
      const bool nobody_helps =
          turn == Cta::Turn::idle && idle + 1 >= resident.size() && !may_admit;
      if (ends_launch(cta, nobody_helps ? Cta::Turn::stuck : turn)) break;
      if (turn == Cta::Turn::done) {
        retire(resident, current);
      } else if (turn == Cta::Turn::idle || fuzzed) {
        ++current;
      }
      idle = turn == Cta::Turn::idle ? idle + 1 : 0;
      if (current >= resident.size()) current = 0;
    }
    for (const auto& cta : resident)
      finish(*cta);
  }

  void admit(std::vector<std::unique_ptr<Cta>>& resident) {
    if (spare_.empty()) spare_.push_back(std::make_unique<Cta>(launch_));
    resident.push_back(std::move(spare_.back()));
    spare_.pop_back();
    resident.back()->start(block(next_++));
  }

  void retire(std::vector<std::unique_ptr<Cta>>& resident, std::size_t index) {
    finish(*resident[index]);
    spare_.push_back(std::move(resident[index]));
    resident.erase(resident.begin() + static_cast<std::ptrdiff_t>(index));
  }

  Launch& launch_;
  std::uint64_t count_;
  std::vector<std::uint64_t> order_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> last_{~0ull};  // the first position whose block ends the launch
  std::mutex mutex_;
  std::vector<std::unique_ptr<Cta>> spare_;
};

}  // namespace

void run_grid(Launch& launch) {
  GridRun(launch).run();
}

}  // namespace assay::emulator
