// SPDX-License-Identifier: Apache-2.0
// The device's global memory: allocations with red zones in one reserved range of addresses. A
// shadow byte for every byte says whether it may be touched and whether it was written, so one look
// answers out of bounds, use after free and uninitialized. Device addresses are not host addresses:
// no access of a kernel reaches the host's memory unless the shadow allows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "reference/result.hpp"

namespace assay::emulator {

// Generic addresses (PTX ISA 5.1.7): a window each; global addresses are generic ones.
inline constexpr std::uint64_t kSharedWindow = 0x0100'0000'0000;  // + offset in shared memory
inline constexpr std::uint64_t kLocalWindow = 0x0180'0000'0000;   // + offset in the thread's memory
inline constexpr std::uint64_t kParamWindow = 0x01C0'0000'0000;   // + offset in the parameter block
// Addresses of functions: + index in Program::functions. Nothing can be read there.
inline constexpr std::uint64_t kFunctionWindow = 0x00F0'0000'0000;
inline constexpr std::uint64_t kWindowBytes = 0x0040'0000'0000;
inline constexpr std::uint64_t kGlobalBase = 0x0200'0000'0000;
// Where shared memory begins in its space: below lie bytes that the hardware keeps to itself
// (CUDA programming guide: 1 KB a block from compute capability 8.0 on), and null pointers.
inline constexpr std::uint32_t kSharedStart = 1024;

struct Allocation {
  std::uint64_t address = 0, bytes = 0;
  std::string name;  // "device allocation #3", "variable table of module m"
  bool is_freed = false;
  bool is_read_only = false;  // __constant__ variables, for kernels
};

enum class ByteState : std::uint8_t { unaddressable = 0, uninitialized = 1, initialized = 2 };

class GlobalMemory {
 public:
  // Reserves `capacity` bytes of addresses (not of memory). Error (internal): the system refuses.
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

  // For kernels, unchecked beyond the range: host pointers of data and of shadow. Precondition:
  // in_range.
  bool in_range(std::uint64_t address, std::uint64_t bytes) const {
    return address >= kGlobalBase && bytes <= capacity_ &&
           address - kGlobalBase <= capacity_ - bytes;
  }
  std::byte* data(std::uint64_t address) { return data_ + (address - kGlobalBase); }
  std::uint8_t* shadow(std::uint64_t address) { return shadow_ + (address - kGlobalBase); }

 private:
  GlobalMemory() = default;

  std::byte* data_ = nullptr;
  std::uint8_t* shadow_ = nullptr;
  std::uint64_t capacity_ = 0;
  struct Table;
  std::unique_ptr<Table> table_;
};

}  // namespace assay::emulator
