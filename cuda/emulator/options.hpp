// SPDX-License-Identifier: Apache-2.0
// What a user may choose about the emulation, and the environment variables that choose it
// (docs/emulator.md has the table).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "reference/result.hpp"

namespace assay::emulator {

// What mma.sync computes. certified: the sum that every order gives; where orders differ, a finding
// and a sequential fma chain. model: the target's tensor-core model. fma: a sequential fma chain.
enum class MmaPolicy : std::uint8_t { certified, model, fma };

// When asynchronous copies happen: at issue, at the last legal point, or either, by the seed.
enum class AsyncPolicy : std::uint8_t { eager, lazy, random };

// fair: lanes together, warps in turn. fuzzed: order of blocks, warps and lanes by the seed.
enum class Schedule : std::uint8_t { fair, fuzzed };

struct Options {
  std::string target = "sm_110a";          // ASSAY_EMULATE_SM=110a|103a|100a
  MmaPolicy mma = MmaPolicy::certified;    // ASSAY_EMULATE_MMA=certified|model|fma
  AsyncPolicy async = AsyncPolicy::eager;  // ASSAY_EMULATE_ASYNC=eager|lazy|random[:SEED]
  std::uint64_t async_seed = 0;
  Schedule schedule = Schedule::fair;  // ASSAY_EMULATE_SCHEDULE=fair|fuzz:SEED
  std::uint64_t schedule_seed = 0;
  int threads = 0;       // ASSAY_EMULATE_THREADS=N; 0: one a core
  bool profile = false;  // ASSAY_EMULATE_PROFILE=FILE ("-": stderr)
  std::string profile_path;
  std::string findings_path;    // ASSAY_EMULATE_FINDINGS=FILE: findings as JSON
  int max_findings = 20;        // ASSAY_EMULATE_MAX_FINDINGS=N a launch
  std::uint64_t max_steps = 0;  // ASSAY_EMULATE_MAX_STEPS: warp instructions a
                                // launch may take; 0: no limit
  std::string trace;            // ASSAY_EMULATE_TRACE=thread,block[:kernel]
  int break_line = 0;           // ASSAY_EMULATE_BREAK=line of the .cu or .ptx
};

// One option from its text, as after the variable's name above. `name` begins the error (usage):
// "--policy=x: may be ..."
Status set_target(Options& options, std::string_view name, std::string_view text);
Status set_mma(Options& options, std::string_view name, std::string_view text);
Status set_async(Options& options, std::string_view name, std::string_view text);
Status set_schedule(Options& options, std::string_view name, std::string_view text);

// Errors (usage): a variable with another value, with what it may be.
Result<Options> options_from_environment();

}  // namespace assay::emulator
