// SPDX-License-Identifier: Apache-2.0
// A block's shared memory with its shadows, and the clocks that order accesses to it.
// Happens-before is kept per pair of warps (and, inside a warp, per pair of lanes): barriers,
// mbarriers, fences with relaxed accesses and bar.warp.sync make edges; two accesses of different
// threads to the same byte, one of them a write, not both atomic, with no edge between them, are a
// race, in whatever order this schedule ran them. Two writes of the same value are not reported.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>

#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/memory/address_space.hpp"
#include "cuda/emulator/memory/race_clocks.hpp"
#include "cuda/emulator/memory/warp_kernels.hpp"

namespace assay::emulator {

class SharedMemory {
 public:
  SharedMemory(std::uint32_t bytes, std::uint32_t threads);  // of addresses from kSharedStart on

  // A block begins: nothing is initialized. Where `memory` is given its bytes are watched for races
  // too; `launch` is what GlobalMemory::begin_launch returned, `block` the block's linear index.
  void start(GlobalMemory* memory, Tick launch, std::uint64_t block);

  std::uint32_t bytes() const { return bytes_; }
  // Offsets are as in shared addresses: from kSharedStart. Precondition: contains.
  std::byte* data(std::uint32_t offset) { return data_.get() + index(offset); }
  std::uint8_t* shadow(std::uint32_t offset) { return shadow_.get() + index(offset); }
  ShadowWords words(std::uint32_t offset) {
    Word* const first = words_.get() + index(offset) / kGranule;
    return {first, first + granules_, first + std::size_t{2} * granules_};
  }
  // Its addresses begin at window + kSharedStart.
  Region region(std::uint64_t window) {
    return {window + kSharedStart, bytes_, data_.get(), shadow_.get(), words(kSharedStart), {}};
  }
  bool contains(std::uint64_t offset, std::uint64_t bytes) const;
  RaceClocks& clocks() { return clocks_; }

  // Asynchronous copies into shared memory. Between issue and completion any other access to the
  // bytes is a missing_async_wait. completed: as if `thread` had written them at that moment.
  // Bounds and races are checked by access(), which comes before async_issued.
  void async_issued(std::uint32_t thread, Pc pc, std::uint32_t offset, std::uint32_t bytes);
  void async_completed(std::uint32_t thread, Pc pc, std::uint32_t offset, std::uint32_t bytes);
  // mbarrier objects (8 bytes) live in shared memory; ordinary accesses to them are findings
  // (invalid_mbarrier). One that exists no more leaves its bytes uninitialized.
  void set_mbarrier(std::uint32_t offset, bool exists);

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  // Zero, and untouched as long as nobody needs it.
  template <typename T>
  using Zeros = std::unique_ptr<T[], Free>;
  template <typename T>
  static Zeros<T> zeros(std::size_t count) {
    return Zeros<T>(static_cast<T*>(std::calloc(count + 1, sizeof(T))));
  }

  static std::uint32_t index(std::uint32_t offset) { return offset - kSharedStart; }
  void note_writes(std::uint32_t thread, Pc pc, std::uint32_t offset, std::uint32_t bytes);
  void forget();

  std::uint32_t bytes_, granules_;
  Zeros<std::byte> data_;
  Zeros<std::uint8_t> shadow_;
  Zeros<Word> words_;
  RaceClocks clocks_;
};

}  // namespace assay::emulator
