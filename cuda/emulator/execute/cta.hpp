// SPDX-License-Identifier: Apache-2.0
// A block of threads (PTX: cooperative thread array): its warps, its shared memory, its barriers.
// One host thread at a time executes it.
#pragma once

#include <algorithm>
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
class TensorMemory;  // memory/tensor_memory.hpp

// bar.sync and its relatives (PTX ISA 9.7.13.1).
struct NamedBarrier {
  std::uint32_t expected = 0;                      // threads; 0: all of the block
  std::uint32_t arrived = 0;                       // threads
  bool is_busy = false;                            // somebody has arrived
  Pc pc = 0;                                       // of who came first, for findings
  std::vector<Mask> arrived_lanes, waiting_lanes;  // by warp
  std::uint32_t votes = 0;                         // of bar.red: threads whose predicate held
};

class Cta {
 public:
  explicit Cta(Launch& launch);
  ~Cta();
  void start(std::uint64_t linear_index);  // as another block of the same grid, from the beginning

  Launch& launch;
  Dim3 index{};
  std::uint64_t linear_index = 0;
  std::unique_ptr<SharedMemory> shared;
  std::unique_ptr<AsyncState> async;
  std::unique_ptr<TensorMemory> tensor;  // null until it is used
  std::vector<std::unique_ptr<Warp>> warps;
  std::array<NamedBarrier, 16> barriers;
  std::vector<PcCounters> counters;        // by Pc, empty without Options::profile
  std::vector<std::uint64_t> unspecified;  // executions of each of Program::unspecified
  // What others may wait for (stores, arrivals, ...), and looks at what others may do (volatile
  // loads, failed mbarrier tests): in a deadlock only the second grows.
  std::uint64_t effects = 0, polls = 0;

  // Matrix instructions of which the block has reported one: the others need no second look.
  std::vector<Pc> uncertified;
  bool has_uncertified(Pc pc) const {
    return !uncertified.empty() && std::ranges::find(uncertified, pc) != uncertified.end();
  }

  // One turn of every warp. idle: all threads poll or wait for something outside; stuck: nobody can
  // go on; done: all have exited; stopped: a fatal finding.
  enum class Turn : std::uint8_t { running, idle, stuck, done, stopped };
  Turn turn();
  void report_deadlock();
  std::uint32_t next_random(std::uint32_t below);
  std::uint64_t steps() const;

  // A barrier, by lanes of one warp. expected: 0 for all threads of the block. sync: Flow::block
  // until the barrier completes; Warp::take_released then tells.
  Flow barrier_sync(Warp& warp, Mask lanes, std::uint32_t barrier, std::uint32_t expected,
                    Mask votes);
  Flow barrier_arrive(Warp& warp, Mask lanes, std::uint32_t barrier, std::uint32_t expected);
  void check_barriers();  // after threads have exited

 private:
  // The barrier that the lanes have arrived at. Null after a finding; `flow` is what it demands.
  NamedBarrier* join(Warp& warp, Mask lanes, std::uint32_t barrier, std::uint32_t expected,
                     Flow& flow);
  std::uint32_t expected_of(const NamedBarrier& barrier) const;
  bool is_complete(const NamedBarrier& barrier) const;
  void complete(NamedBarrier& barrier);
  bool is_idle();
  void report_parked(Warp& warp, const Warp* poller);
  void report_endless_wait(Warp& warp);

  std::uint64_t random_ = 0;  // state of the fuzzed schedule
  std::uint64_t idle_since_ = 0, effects_seen_ = 0, polls_seen_ = 0;
  std::vector<std::uint32_t> order_;  // of the warps in a turn
};

}  // namespace assay::emulator
