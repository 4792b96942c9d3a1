// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/memory/memory_counters.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/memory/access.hpp"
#include "cuda/emulator/memory/global_memory.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint64_t kSectorBytes = 32;
constexpr std::size_t kBanks = 32;
constexpr std::uint64_t kBankBytes = 4;

// Distinct units of `size` bytes that the accesses touch.
std::set<std::uint64_t> units(std::span<const std::uint64_t> addresses, std::uint32_t bytes,
                              std::uint64_t size) {
  std::set<std::uint64_t> touched;
  for (const std::uint64_t address : addresses)
    for (std::uint64_t unit = address / size; unit <= (address + bytes - 1) / size; ++unit)
      touched.insert(unit);
  return touched;
}

std::uint64_t deepest_bank(const std::set<std::uint64_t>& words) {
  std::array<std::uint64_t, kBanks> depth{};
  for (const std::uint64_t word : words)
    ++depth[word % kBanks];
  return std::ranges::max(depth);
}

}  // namespace

AccessCost sectors(std::span<const std::uint64_t> addresses, std::uint32_t bytes) {
  const std::uint64_t distinct = units(addresses, bytes, 1).size();
  return {units(addresses, bytes, kSectorBytes).size(),
          (distinct + kSectorBytes - 1) / kSectorBytes};
}

AccessCost wavefronts(std::span<const std::uint64_t> addresses, std::span<const int> lanes,
                      std::uint32_t bytes) {
  const int group = bytes <= 4 ? kLanes : bytes <= 8 ? kLanes / 2 : kLanes / 4;
  AccessCost cost;
  for (std::size_t next = 0; next < addresses.size();) {
    std::size_t end = next;
    while (end < addresses.size() && lanes[end] / group == lanes[next] / group)
      ++end;
    const auto words = units(addresses.subspan(next, end - next), bytes, kBankBytes);
    cost.units += deepest_bank(words);
    cost.ideal += (words.size() + kBanks - 1) / kBanks;
    next = end;
  }
  return cost;
}

void count_access(Warp& warp, Mask active, const AccessRule& rule, const std::uint64_t* addresses) {
  auto& counters = warp.cta().counters;
  if (counters.empty()) return;
  std::vector<std::uint64_t> global, shared;
  std::vector<int> lanes;
  for_each_lane(active, [&](int lane) {
    const std::uint64_t address = addresses[lane];
    const bool is_generic = rule.space == ptx::Space::generic;
    if (rule.space == ptx::Space::shared ||
        (is_generic && address >= kSharedWindow && address - kSharedWindow < kWindowBytes)) {
      shared.push_back(address);
      lanes.push_back(lane);
    } else if (rule.space == ptx::Space::global || (is_generic && address >= kGlobalBase)) {
      global.push_back(address);
    }
  });
  PcCounters& counter = counters[warp.pc()];
  counter.global_bytes += std::uint64_t{rule.bytes} * global.size();
  counter.shared_bytes += std::uint64_t{rule.bytes} * shared.size();
  const AccessCost of_global = sectors(global, rule.bytes);
  counter.sectors += of_global.units;
  counter.ideal_sectors += of_global.ideal;
  const AccessCost of_shared = wavefronts(shared, lanes, rule.bytes);
  counter.wavefronts += of_shared.units;
  counter.ideal_wavefronts += of_shared.ideal;
}

}  // namespace assay::emulator
