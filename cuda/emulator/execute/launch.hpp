// SPDX-License-Identifier: Apache-2.0
// A kernel launch: what a grid shares. run_launch executes it to the end; blocks run on several
// host threads where they cannot see one another.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cuda/emulator/options.hpp"
#include "cuda/emulator/program/program.hpp"
#include "cuda/emulator/sanitize/finding.hpp"

namespace assay::emulator {

class GlobalMemory;

// Which thread Options::trace names: "THREAD,BLOCK[:KERNEL]", linear numbers or x.y.z, as in "33,0"
// or "1.2.0,4.0.0:my_kernel".
struct TraceChoice {
  std::array<std::uint32_t, 3> thread{}, block{};
  bool thread_is_linear = true, block_is_linear = true;
  std::string kernel;  // empty: any
};

using Dim3 = std::array<std::uint32_t, 3>;

struct LaunchConfig {
  Dim3 grid{1, 1, 1}, block{1, 1, 1}, cluster{1, 1, 1};
  std::uint32_t dynamic_shared_bytes = 0;
  bool is_cooperative = false;
  std::vector<std::byte> params;  // the parameter block, laid out as Function::params says
};

// What one program counter did, summed over warps; only kept under Options::profile.
struct PcCounters {
  std::uint64_t executions = 0;     // warp instructions
  std::uint64_t lanes = 0;          // active lanes, summed
  std::uint64_t divergent = 0;      // branches that split a group
  std::uint64_t global_bytes = 0;   // read or written by active lanes, copies included
  std::uint64_t shared_bytes = 0;   // of shared memory
  std::uint64_t sectors = 0;        // 32-byte sectors of global memory touched
  std::uint64_t ideal_sectors = 0;  // were they dense: ceil(distinct bytes / 32)
  std::uint64_t wavefronts = 0;     // of shared memory: passes over the 32 banks
  std::uint64_t ideal_wavefronts = 0;

  PcCounters& operator+=(const PcCounters& other);
};

class Launch {
 public:
  GlobalMemory& memory;
  const Program& program;
  const Function& kernel;
  const Options& options;
  LaunchConfig config;
  std::uint64_t id = 0;            // counts a context's launches
  std::uint32_t first_tick = 0;    // GlobalMemory::begin_launch's; set by run_launch
  bool runs_side_by_side = false;  // blocks, on several host threads; set by run_grid
  Findings findings{20};
  std::vector<PcCounters>
      counters;  // by Pc, under Options::profile; summed at the end of each block
  std::vector<std::uint64_t> unspecified;  // executions of each of Program::unspecified, likewise
  std::uint64_t steps = 0;                 // warp instructions executed
  std::optional<TraceChoice> trace;        // Options::trace, parsed
  bool is_observed = false;                // profile, trace or break asked for

  Launch(GlobalMemory& memory, const Program& program, const Function& kernel,
         const Options& options, LaunchConfig config);
  std::uint32_t threads() const { return config.block[0] * config.block[1] * config.block[2]; }
};

// Error (usage): a launch that the kernel or the device does not allow (too many threads, too much
// shared memory, a parameter block of another size, clusters). What goes wrong while it runs is in
// launch.findings.
Status run_launch(Launch& launch);

}  // namespace assay::emulator
