// SPDX-License-Identifier: Apache-2.0
// What a kernel and the device allow of a launch, and what its grid shares; grid.cpp runs it.
#include "cuda/emulator/execute/launch.hpp"

#include <algorithm>

#include "cuda/emulator/execute/grid.hpp"
#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"
#include "cuda/emulator/observe/trace.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint32_t kMaxThreads = 1024;  // a block: CUDA C++ programming guide
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
  run_grid(launch);
  launch.memory.end_launch();
  return {};
}

}  // namespace assay::emulator
