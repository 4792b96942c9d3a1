// SPDX-License-Identifier: Apache-2.0
// A block's tensor memory: 128 lanes of 512 columns of 32 bits, and which columns are allocated.
// PTX ISA 9.7.16.1 (addressing, allocation) and 9.7.16.7.1 (tcgen05.alloc, .dealloc,
// .relinquish_alloc_permit). Nothing here orders accesses: operations happen when they are issued.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cuda/emulator/program/program.hpp"

namespace assay::emulator {

class Cta;

inline constexpr std::uint32_t kTensorLanes = 128, kTensorColumns = 512;
inline constexpr std::uint32_t kLeastTensorColumns = 32;  // of an allocation

// As instructions name a word: lane << 16 | column.
struct TensorAddress {
  std::uint32_t lane = 0, column = 0;

  static TensorAddress of(std::uint64_t address) {
    return {static_cast<std::uint32_t>(address >> 16 & 0xFFFF),
            static_cast<std::uint32_t>(address & 0xFFFF)};
  }
};

class TensorMemory {
 public:
  TensorMemory();

  struct Allocation {
    std::uint32_t column = 0, columns = 0;
    std::uint32_t thread = 0;  // who made it
    Pc pc = 0;
  };
  // A tcgen05.alloc for which there is no room yet.
  struct Waiter {
    std::uint32_t warp = 0;
    std::uint32_t columns = 0;
  };

  // Precondition of both: a power of two from 32 on. The first column; nothing where there is no
  // room now.
  std::optional<std::uint32_t> allocate(std::uint32_t columns, std::uint32_t thread, Pc pc);
  // False: there is no such allocation. What was in it is gone.
  bool deallocate(std::uint32_t column, std::uint32_t columns);

  const std::vector<Allocation>& allocations() const { return allocations_; }  // by column
  bool is_allocated(std::uint32_t column, std::uint32_t columns) const;
  std::string allocated_text() const;  // "columns 0-31 and 64-127"

  // Preconditions: the words are allocated, the lane is below kTensorLanes.
  std::uint32_t read(std::uint32_t lane, std::uint32_t column) const {
    return words_[index(lane, column)];
  }
  bool is_written(std::uint32_t lane, std::uint32_t column) const {
    return is_written_[index(lane, column)];
  }
  void write(std::uint32_t lane, std::uint32_t column, std::uint32_t word) {
    words_[index(lane, column)] = word;
    is_written_[index(lane, column)] = true;
  }

  bool is_relinquished = false;                 // no allocation may follow
  std::uint32_t most_columns = kTensorColumns;  // of the next allocation: they must not grow
  std::optional<Waiter> waiter;

 private:
  static std::size_t index(std::uint32_t lane, std::uint32_t column) {
    return std::size_t{lane} * kTensorColumns + column;
  }

  std::vector<std::uint32_t> words_;
  std::vector<bool> is_written_;
  std::vector<Allocation> allocations_;
};

// The block's; made when it is first asked for.
TensorMemory& tensor_memory(Cta& cta);
// All threads have exited: a finding for each allocation that is left.
void check_tensor_deallocation(Cta& cta);
// No thread can go on, and one of them waits for an allocation.
void report_tensor_deadlock(Cta& cta);

}  // namespace assay::emulator
