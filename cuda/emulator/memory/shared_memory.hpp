// SPDX-License-Identifier: Apache-2.0
// A block's shared memory with its shadows, and the clocks that order accesses to it.
// Happens-before is kept per pair of warps (and, inside a warp, per pair of lanes): barriers,
// mbarriers, fences with relaxed accesses and bar.warp.sync make edges; two accesses of different
// threads to the same byte, one of them a write, not both atomic, with no edge between them, are a
// race, in whatever order this schedule ran them. Two writes of the same value are not reported.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cuda/emulator/execute/warp.hpp"

namespace assay::emulator {

class RaceClocks {
 public:
  explicit RaceClocks(std::uint32_t warps);
  ~RaceClocks();

  // All threads of these warps' masks have met (bar.sync; by warp: the participating lanes; those
  // that only arrive release, those that wait acquire, too).
  void barrier(const std::vector<Mask>& arrived, const std::vector<Mask>& waiting);
  void warp_sync(std::uint32_t warp, Mask lanes);  // bar.warp.sync
  // A sync object, named by its shared offset (mbarriers): what `warp` did before release happens
  // before what a warp does after acquire. reset forgets (mbarrier.init, inval).
  void release(std::uint32_t warp, std::uint64_t object);
  void acquire(std::uint32_t warp, std::uint64_t object);
  void reset(std::uint64_t object);
  // fence.* / membar.*: makes the warp's relaxed accesses before and after it release and acquire.
  void fence(std::uint32_t warp);
  // A relaxed or stronger access to a location (any space; generic address).
  void atomic_read(std::uint32_t warp, std::uint64_t address, bool acquires);
  void atomic_write(std::uint32_t warp, std::uint64_t address, bool releases);

 private:
  friend class RaceShadow;
  struct State;
  std::unique_ptr<State> state_;
};

class SharedMemory {
 public:
  SharedMemory(std::uint32_t bytes, std::uint32_t warps);  // of addresses from kSharedStart on
  ~SharedMemory();

  std::uint32_t bytes() const;
  std::byte* data(std::uint32_t offset);  // offset as in shared addresses: from kSharedStart
  RaceClocks& clocks();

  // Asynchronous copies into shared memory. Between issue and completion any other access to the
  // bytes is a missing_async_wait. completed: as if `thread` had written them at that moment.
  void async_issued(std::uint32_t thread, Pc pc, std::uint32_t offset, std::uint32_t bytes);
  void async_completed(std::uint32_t thread, Pc pc, std::uint32_t offset, std::uint32_t bytes);
  // mbarrier objects live in shared memory; ordinary accesses to them are findings
  // (invalid_mbarrier).
  void set_mbarrier(std::uint32_t offset, bool exists);

 private:
  friend class SharedAccess;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay::emulator
