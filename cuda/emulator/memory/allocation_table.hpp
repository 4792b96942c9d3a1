// SPDX-License-Identifier: Apache-2.0
// Which addresses belong to which allocation. New allocations go behind all others; freed ones stay
// known (a use of them has a name) until there is no other room, then the oldest go first. Behind
// each lies a red zone that belongs to nobody.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "reference/result.hpp"

namespace assay::emulator {

struct Allocation {
  std::uint64_t address = 0, bytes = 0;
  std::string name;  // "device allocation #3", "variable table of module m"
  bool is_freed = false;
  bool is_read_only = false;  // __constant__ variables, for kernels
};

class AllocationTable {
 public:
  AllocationTable(std::uint64_t base, std::uint64_t capacity);

  // Error (usage): zero bytes, or no room.
  Result<std::uint64_t> place(std::uint64_t bytes, std::string name, bool is_read_only);
  // Error (usage): no allocation begins there, or it is freed already.
  Result<Allocation> remove(std::uint64_t address);
  // The live allocation that holds all of the bytes, or null.
  const Allocation* holder(std::uint64_t address, std::uint64_t bytes) const;
  // The one, live or freed, that holds the address, or the nearest.
  const Allocation* nearest(std::uint64_t address) const;
  std::string describe(std::uint64_t address) const;

  std::uint64_t live_bytes() const { return live_bytes_; }
  std::uint64_t end() const { return end_; }  // of all addresses ever used

 private:
  std::optional<std::uint64_t> take(std::uint64_t bytes);
  void give_back(std::uint64_t begin, std::uint64_t end);

  std::uint64_t base_, limit_;
  std::uint64_t next_, end_;
  std::uint64_t live_bytes_ = 0;
  std::map<std::uint64_t, Allocation> known_;    // by address; live and freed
  std::deque<std::uint64_t> freed_;              // oldest first
  std::map<std::uint64_t, std::uint64_t> free_;  // ranges of nobody below next_: begin, end
};

}  // namespace assay::emulator
