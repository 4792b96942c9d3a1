// SPDX-License-Identifier: Apache-2.0
// Runs a grid. Blocks that cannot see each other run on several host threads, each from its first
// to its last instruction. Others run on one: a block that only polls gives way to the next, so
// that all blocks that may be resident together make progress.
#include "cuda/emulator/execute/launch.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <thread>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/instructions/async_state.hpp"
#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"
#include "cuda/emulator/observe/trace.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint32_t kMaxThreads = 1024;  // a block: CUDA C++ programming guide
constexpr std::size_t kMaxResident = 4096;   // blocks that take turns
constexpr std::size_t kFuzzedResident = 8;   // that do so even where none has to wait

std::uint64_t blocks(const Launch& launch) {
  const Dim3& grid = launch.config.grid;
  return std::uint64_t{grid[0]} * grid[1] * grid[2];
}

Status check_dims(const Launch& launch) {
  const LaunchConfig& config = launch.config;
  const Function& kernel = launch.kernel;
  for (const std::uint32_t extent : {config.grid[0], config.grid[1], config.grid[2],
                                     config.block[0], config.block[1], config.block[2]})
    if (extent == 0) return fail(ErrorCode::usage, "{}: an extent of the launch is 0", kernel.name);
  if (config.grid[0] > 0x7FFFFFFF || config.grid[1] > 65535 || config.grid[2] > 65535)
    return fail(ErrorCode::usage, "{}: a grid of {} x {} x {} blocks is too large", kernel.name,
                config.grid[0], config.grid[1], config.grid[2]);
  const std::uint64_t threads = std::uint64_t{config.block[0]} * config.block[1] * config.block[2];
  const std::uint32_t most = std::min(kernel.max_threads, kMaxThreads);
  if (config.block[0] > 1024 || config.block[1] > 1024 || config.block[2] > 64 || threads > most)
    return fail(ErrorCode::usage, "{}: a block of {} x {} x {} threads; at most {} are allowed",
                kernel.name, config.block[0], config.block[1], config.block[2], most);
  if (kernel.required_threads[0] != 0 && kernel.required_threads != config.block)
    return fail(ErrorCode::usage,
                "{}: the kernel requires blocks of {} x {} x {} threads (.reqntid)", kernel.name,
                kernel.required_threads[0], kernel.required_threads[1], kernel.required_threads[2]);
  return {};
}

Status check(const Launch& launch) {
  const Function& kernel = launch.kernel;
  ASSAY_TRY(check_dims(launch));
  if (launch.config.cluster != Dim3{1, 1, 1} ||
      (kernel.cluster[0] != 0 && kernel.cluster != Dim3{1, 1, 1}))
    return fail(ErrorCode::usage, "{}: clusters of more than one block are not supported",
                kernel.name);
  const std::uint64_t shared =
      std::uint64_t{kernel.shared_bytes} + launch.config.dynamic_shared_bytes;
  if (shared > kSharedLimit)
    return fail(ErrorCode::usage, "{}: needs {} bytes of shared memory a block; there are {}",
                kernel.name, shared, kSharedLimit);
  if (launch.config.params.size() != kernel.param_bytes)
    return fail(ErrorCode::usage, "{}: {} bytes of parameters were given, the kernel takes {}",
                kernel.name, launch.config.params.size(), kernel.param_bytes);
  return {};
}

class GridRun {
 public:
  explicit GridRun(Launch& launch) : launch_(launch), count_(blocks(launch)) {
    if (launch.options.schedule == Schedule::fuzzed) shuffle();
  }

  void run() {
    const std::uint64_t threads = host_threads();
    if (launch_.kernel.uses_global_atomics || launch_.config.is_cooperative) return run_together();
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
        finish(cta);
        spare_.push_back(std::move(resident[current]));
        resident.erase(resident.begin() + static_cast<std::ptrdiff_t>(current));
        idle = 0;
      } else if (turn == Cta::Turn::idle || fuzzed) {
        idle = turn == Cta::Turn::idle ? idle + 1 : 0;
        ++current;
      } else {
        idle = 0;
      }
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

  Launch& launch_;
  std::uint64_t count_;
  std::vector<std::uint64_t> order_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> last_{~0ull};  // the first position whose block ends the launch
  std::mutex mutex_;
  std::vector<std::unique_ptr<Cta>> spare_;
};

}  // namespace

PcCounters& PcCounters::operator+=(const PcCounters& other) {
  executions += other.executions;
  lanes += other.lanes;
  divergent += other.divergent;
  global_bytes += other.global_bytes;
  shared_bytes += other.shared_bytes;
  sectors += other.sectors;
  ideal_sectors += other.ideal_sectors;
  wavefronts += other.wavefronts;
  ideal_wavefronts += other.ideal_wavefronts;
  return *this;
}

Launch::Launch(GlobalMemory& device_memory, const Program& code, const Function& entry,
               const Options& choices, LaunchConfig launch_config)
    : memory(device_memory),
      program(code),
      kernel(entry),
      options(choices),
      config(std::move(launch_config)),
      findings(choices.max_findings) {
  unspecified.resize(code.unspecified.size());
  if (choices.profile) counters.resize(code.ops.size());
  is_observed = choices.profile || !choices.trace.empty() || choices.break_line != 0;
}

Status run_launch(Launch& launch) {
  ASSAY_TRY(check(launch));
  if (!launch.options.trace.empty()) {
    ASSAY_ASSIGN(launch.trace, parse_trace(launch.options.trace));
  }
  launch.first_tick = launch.memory.begin_launch();
  GridRun(launch).run();
  launch.memory.end_launch();
  return {};
}

}  // namespace assay::emulator
