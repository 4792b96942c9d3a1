// SPDX-License-Identifier: Apache-2.0
// A block of threads (PTX: cooperative thread array): its warps, its shared memory, its barriers.
// One host thread at a time executes it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "cuda/emulator/execute/launch.hpp"
#include "cuda/emulator/execute/warp.hpp"

namespace assay::emulator {

class SharedMemory;  // memory/shared_memory.hpp: bytes, initialization, races
class AsyncState;    // instructions/async_state.hpp: copies in flight, mbarriers

// bar.sync and its relatives (PTX ISA 9.7.13.1). Threads wait until `expected` have arrived.
struct NamedBarrier {
  std::uint32_t expected = 0;  // threads; 0: nobody has arrived yet
  std::uint32_t arrived = 0;
  std::vector<Mask> waiting;        // by warp: lanes that wait; others have only arrived
  std::vector<Mask> arrived_lanes;  // by warp
  std::uint32_t votes_true = 0;     // of bar.red
  std::uint64_t generation = 0;
};

class Cta {
 public:
  Cta(Launch& launch, Dim3 index, std::uint64_t linear_index);
  ~Cta();

  Launch& launch;
  Dim3 index;
  std::uint64_t linear_index;
  std::unique_ptr<SharedMemory> shared;
  std::unique_ptr<AsyncState> async;
  std::vector<std::unique_ptr<Warp>> warps;
  std::array<NamedBarrier, 16> barriers;
  std::vector<PcCounters> counters;  // by Pc, empty without Options::profile
  std::uint64_t effects =
      0;  // stores, arrivals, ...: what others may wait for; stands still in a deadlock

  bool is_done() const;
};

}  // namespace assay::emulator
