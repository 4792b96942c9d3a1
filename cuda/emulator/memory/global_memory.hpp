// SPDX-License-Identifier: Apache-2.0
// The device's global memory: allocations with red zones in one reserved range of addresses. A
// shadow byte for every byte says whether it may be touched and whether it was written, so one look
// answers out of bounds, use after free and uninitialized. Shadow words say who touched it last.
// Device addresses are not host addresses: no access of a kernel reaches the host's memory unless
// the shadow allows it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cuda/emulator/memory/address_space.hpp"
#include "cuda/emulator/memory/allocation_table.hpp"
#include "cuda/emulator/memory/global_ticks.hpp"
#include "cuda/emulator/memory/page_locks.hpp"
#include "cuda/emulator/memory/shadow_word.hpp"
#include "cuda/emulator/memory/warp_kernels.hpp"
#include "reference/result.hpp"

namespace assay::emulator {

class GlobalMemory {
 public:
  // Reserves addresses (not memory): eight times `capacity`, for the shadows. Error (internal): the
  // system refuses.
  static Result<std::unique_ptr<GlobalMemory>> create(std::uint64_t capacity);
  ~GlobalMemory();
  GlobalMemory(const GlobalMemory&) = delete;
  GlobalMemory& operator=(const GlobalMemory&) = delete;

  // 256-byte aligned. Error (usage): zero bytes, or no room.
  Result<std::uint64_t> allocate(std::uint64_t bytes, std::string name, bool is_read_only = false);
  // Error (usage): no allocation begins there, or it is freed already.
  Status free(std::uint64_t address);
  // The allocation that holds the address, or the nearest one; freed ones too.
  std::optional<Allocation> find(std::uint64_t address) const;
  // "device allocation #3 (1024 bytes), 4 bytes past its end"
  std::string describe(std::uint64_t address) const;
  std::uint64_t used_bytes() const;
  std::uint64_t capacity() const;

  // For the host's copies. Error (usage): any byte outside a live allocation. write marks bytes as
  // initialized; copy carries their state along.
  Status read(std::uint64_t address, void* dst, std::uint64_t bytes) const;
  Status write(std::uint64_t address, const void* src, std::uint64_t bytes);
  Status fill(std::uint64_t address, std::uint64_t bytes, const void* pattern,
              std::uint64_t pattern_bytes);
  Status copy(std::uint64_t dst, std::uint64_t src, std::uint64_t bytes);
  bool contains(std::uint64_t address, std::uint64_t bytes) const;  // in one live allocation

  // For kernels, unchecked beyond the range of all allocations so far: host pointers of data and of
  // shadow. Precondition: in_range.
  bool in_range(std::uint64_t address, std::uint64_t bytes) const {
    const std::uint64_t end = end_.load(std::memory_order_relaxed);
    return address >= kGlobalBase && bytes <= end && address - kGlobalBase <= end - bytes;
  }
  std::byte* data(std::uint64_t address) { return data_ + (address - kGlobalBase); }
  std::uint8_t* shadow(std::uint64_t address) { return shadow_ + (address - kGlobalBase); }
  Region region() const {
    return {kGlobalBase, end_.load(std::memory_order_relaxed), data_, shadow_, words_, {}, nullptr};
  }
  // Who touched the 4 bytes at `address`, and those behind it. Precondition: addressable bytes.
  ShadowWords words(std::uint64_t address) {
    const std::uint64_t granule = (address - kGlobalBase) / kGranule;
    return {words_.writer + granule, words_.reader + granule, words_.other + granule};
  }
  // A launch begins: returns what GlobalTicks::begin_launch does. Every begin has its end.
  std::uint32_t begin_launch();
  void end_launch();
  GlobalTicks& ticks();
  PageLocks& locks();

 private:
  GlobalMemory();
  Status check(std::uint64_t address, std::uint64_t bytes) const;

  std::byte* data_ = nullptr;
  std::uint8_t* shadow_ = nullptr;
  ShadowWords words_;
  std::uint64_t capacity_ = 0;
  std::atomic<std::uint64_t> end_{0};  // of what is open, from kGlobalBase
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay::emulator
