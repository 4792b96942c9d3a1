// SPDX-License-Identifier: Apache-2.0
// Warps' loads and stores: what whole-warp kernels do not serve is checked lane by lane.
#include "cuda/emulator/memory/access.hpp"

#include <bit>
#include <cstring>

#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/memory/lane_access.hpp"
#include "cuda/emulator/memory/warp_kernels.hpp"

namespace assay::emulator {
namespace {

// The memory that the address is in, where whole warps can be served at once.
bool find_region(Warp& warp, const AccessRule& rule, std::uint64_t address, Region& region) {
  Cta& cta = warp.cta();
  if (rule.ordering != Ordering::weak) return false;
  const bool is_generic = rule.space == ptx::Space::generic;
  const bool is_global = rule.space == ptx::Space::global || rule.space == ptx::Space::constant ||
                         (is_generic && address >= kGlobalBase);
  const bool is_watched =
      !is_global || (cta.shared->clocks().watches_global() && !rule.is_non_coherent &&
                     rule.space != ptx::Space::constant);
  if (is_global) {
    region = cta.launch.memory.region();
  } else if (rule.space == ptx::Space::shared) {
    region = cta.shared->region(0);
  } else if (is_generic && address >= kSharedWindow && address - kSharedWindow < kWindowBytes) {
    region = cta.shared->region(kSharedWindow);
  } else {
    return false;
  }
  if (is_watched) {
    region.view = race_view(cta, warp.index(), warp.pc(), is_global);
    if (is_global) region.locks = page_locks(cta);
  } else {
    region.words = {};
  }
  return true;
}

Mask all_but_served(Warp& warp, Mask active, const AccessRule& rule, const std::uint64_t* addresses,
                    std::byte* data) {
  Region region;
  if (!find_region(warp, rule, addresses[std::countr_zero(active)], region)) return active;
  return warp_kernels().load(region, {active, rule.bytes, rule.align, addresses}, data);
}

Mask all_but_served(Warp& warp, Mask active, const AccessRule& rule, const std::uint64_t* addresses,
                    const std::byte* data) {
  Region region;
  if (!find_region(warp, rule, addresses[std::countr_zero(active)], region)) return active;
  return warp_kernels().store(region, {active, rule.bytes, rule.align, addresses}, data);
}

// The lanes of `active` at the address of the first.
Mask together(Mask active, const std::uint64_t* addresses) {
  const std::uint64_t address = addresses[std::countr_zero(active)];
  Mask same = 0;
  for_each_lane(active, [&](int lane) { same |= addresses[lane] == address ? 1u << lane : 0; });
  return same;
}

Flow load_lanes(Warp& warp, Mask active, const AccessRule& rule, const std::uint64_t* addresses,
                std::byte* data) {
  LaneAccess lanes(warp, rule);
  while (active != 0) {
    const int first = std::countr_zero(active);
    const std::uint64_t address = addresses[first];
    const Mask readers = lanes.is_private(address) ? 1u << first : together(active, addresses);
    const std::byte* const from = lanes.touch_together(readers, address);
    if (from == nullptr) return Flow::stop;
    for_each_lane(readers, [&](int lane) {
      std::memcpy(data + static_cast<std::size_t>(lane) * rule.bytes, from, rule.bytes);
    });
    active &= ~readers;
  }
  return Flow::next;
}

Flow store_lanes(Warp& warp, Mask active, const AccessRule& rule, const std::uint64_t* addresses,
                 const std::byte* data) {
  LaneAccess lanes(warp, rule);
  for (; active != 0; active &= active - 1) {
    const int lane = std::countr_zero(active);
    const std::byte* const from = data + static_cast<std::size_t>(lane) * rule.bytes;
    std::byte* const to = lanes.touch(lane, addresses[lane], from);
    if (to == nullptr) return Flow::stop;
    std::memcpy(to, from, rule.bytes);
  }
  return Flow::next;
}

}  // namespace

std::byte* access(Warp& warp, int lane, const AccessRule& rule, std::uint64_t address) {
  if (rule.kind == AccessKind::store) ++warp.cta().effects;
  if (rule.kind == AccessKind::atomic || rule.ordering != Ordering::weak) ++warp.cta().polls;
  return LaneAccess(warp, rule).touch(lane, address, nullptr);
}

Flow load(Warp& warp, Mask active, const AccessRule& rule, const std::uint64_t* addresses,
          std::byte* data) {
  if (rule.ordering != Ordering::weak) ++warp.cta().polls;
  if (!warp.cta().counters.empty()) count_access(warp, active, rule, addresses);
  const Mask left = all_but_served(warp, active, rule, addresses, data);
  return left == 0 ? Flow::next : load_lanes(warp, left, rule, addresses, data);
}

Flow store(Warp& warp, Mask active, const AccessRule& rule, const std::uint64_t* addresses,
           const std::byte* data) {
  ++warp.cta().effects;
  if (!warp.cta().counters.empty()) count_access(warp, active, rule, addresses);
  const Mask left = all_but_served(warp, active, rule, addresses, data);
  return left == 0 ? Flow::next : store_lanes(warp, left, rule, addresses, data);
}

bool shared_offset(Warp& warp, int lane, ptx::Space space, std::uint64_t address,
                   std::uint32_t bytes, std::uint32_t align, std::uint32_t& offset) {
  AccessRule rule;
  rule.space = space;
  rule.bytes = bytes;
  rule.align = align;
  return LaneAccess(warp, rule).shared_offset(lane, address, offset);
}

}  // namespace assay::emulator
