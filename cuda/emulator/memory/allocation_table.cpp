// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/memory/allocation_table.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace assay::emulator {
namespace {

constexpr std::uint64_t kAlign = 256;  // CUDA programming guide: of cudaMalloc, at least
constexpr std::uint64_t kLeastZone = 256, kLargestZone = 64 * 1024;

// What an allocation takes of the range: a larger one has a wider red zone, as strides are larger.
std::uint64_t span(std::uint64_t bytes) {
  const std::uint64_t zone = std::clamp(bytes / 8, kLeastZone, kLargestZone);
  return (bytes + zone + kAlign - 1) / kAlign * kAlign;
}

std::uint64_t distance(const Allocation& allocation, std::uint64_t address) {
  if (address < allocation.address) return allocation.address - address;
  const std::uint64_t end = allocation.address + allocation.bytes;
  return address < end ? 0 : address - end + 1;
}

}  // namespace

AllocationTable::AllocationTable(std::uint64_t base, std::uint64_t capacity)
    : base_(base), limit_(base + capacity), next_(base + kLeastZone), end_(next_) {}

std::optional<std::uint64_t> AllocationTable::take(std::uint64_t bytes) {
  if (bytes <= limit_ - std::min(next_, limit_)) {
    const std::uint64_t begin = next_;
    next_ += bytes;
    end_ = std::max(end_, next_);
    return begin;
  }
  for (const auto& [begin, end] : free_) {
    if (end - begin < bytes) continue;
    const std::uint64_t taken = begin, rest = begin + bytes, old_end = end;
    free_.erase(begin);
    if (rest < old_end) free_.emplace(rest, old_end);
    return taken;
  }
  return std::nullopt;
}

// Joins the range with its neighbours.
void AllocationTable::give_back(std::uint64_t begin, std::uint64_t end) {
  auto after = free_.lower_bound(begin);
  if (after != free_.begin() && std::prev(after)->second == begin) {
    begin = std::prev(after)->first;
    free_.erase(std::prev(after));
  }
  if (after != free_.end() && after->first == end) {
    end = after->second;
    free_.erase(after);
  }
  if (end == next_) {
    next_ = begin;
  } else {
    free_.emplace(begin, end);
  }
}

Result<std::uint64_t> AllocationTable::place(std::uint64_t bytes, std::string name,
                                             bool is_read_only) {
  if (bytes == 0) return fail(ErrorCode::usage, "{}: an allocation of 0 bytes", name);
  std::optional<std::uint64_t> address;
  if (bytes < limit_ - base_) address = take(span(bytes));
  while (!address && bytes < limit_ - base_ && !freed_.empty()) {
    const auto oldest = known_.find(freed_.front());
    freed_.pop_front();
    const std::uint64_t begin = oldest->first, end = begin + span(oldest->second.bytes);
    known_.erase(oldest);
    give_back(begin, end);
    address = take(span(bytes));
  }
  if (!address)
    return fail(ErrorCode::usage, "{}: no room for {} bytes; {} of {} are in use", name, bytes,
                live_bytes_, limit_ - base_);
  live_bytes_ += bytes;
  known_[*address] = {*address, bytes, std::move(name), false, is_read_only};
  return *address;
}

Result<Allocation> AllocationTable::remove(std::uint64_t address) {
  const auto found = known_.find(address);
  if (found == known_.end())
    return fail(ErrorCode::usage, "no allocation begins at {:#x}: {}", address, describe(address));
  if (found->second.is_freed)
    return fail(ErrorCode::usage, "{} at {:#x} is freed already", found->second.name, address);
  found->second.is_freed = true;
  live_bytes_ -= found->second.bytes;
  freed_.push_back(address);
  return found->second;
}

const Allocation* AllocationTable::holder(std::uint64_t address, std::uint64_t bytes) const {
  const auto after = known_.upper_bound(address);
  if (after == known_.begin()) return nullptr;
  const Allocation& allocation = std::prev(after)->second;
  const std::uint64_t offset = address - allocation.address;
  const bool fits = offset <= allocation.bytes && bytes <= allocation.bytes - offset;
  return fits && !allocation.is_freed ? &allocation : nullptr;
}

const Allocation* AllocationTable::nearest(std::uint64_t address) const {
  const auto after = known_.upper_bound(address);
  const Allocation* const above = after == known_.end() ? nullptr : &after->second;
  if (after == known_.begin()) return above;
  const Allocation* const below = &std::prev(after)->second;
  if (above == nullptr || distance(*below, address) <= distance(*above, address)) return below;
  return above;
}

std::string AllocationTable::describe(std::uint64_t address) const {
  const Allocation* const allocation = nearest(address);
  if (allocation == nullptr) return "there is no allocation";
  const std::uint64_t begin = allocation->address, end = begin + allocation->bytes;
  const std::string name = fmt::format("{} ({} bytes{})", allocation->name, allocation->bytes,
                                       allocation->is_freed ? ", freed" : "");
  if (address < begin) return fmt::format("{}, {} bytes before its start", name, begin - address);
  if (address >= end) return fmt::format("{}, {} bytes past its end", name, address - end);
  return fmt::format("{}, at byte {}", name, address - begin);
}

}  // namespace assay::emulator
