// SPDX-License-Identifier: Apache-2.0
// Where a lane's address lies, and whether the lane may do there what it does. Races are in
// lane_races.cpp, what is reported in lane_findings.cpp.
#include "cuda/emulator/memory/lane_access.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "cuda/emulator/memory/global_memory.hpp"

namespace assay::emulator {
namespace {

bool is_in_window(std::uint64_t address, std::uint64_t window) {
  return address >= window && address - window < kWindowBytes;
}

std::uint8_t all_bits(const std::uint8_t* shadow, std::size_t bytes) {
  std::uint8_t all = 0xFF;
  for (std::size_t b = 0; b < bytes; ++b)
    all &= shadow[b];
  return all;
}

}  // namespace

LaneAccess::LaneAccess(Warp& warp, const AccessRule& rule)
    : warp_(warp), rule_(rule), cta_(warp.cta()), shared_(*cta_.shared), guard_(page_locks(cta_)) {}

std::optional<Place> LaneAccess::locate(int lane, std::uint64_t address,
                                        std::uint64_t bytes) const {
  ptx::Space space = rule_.space;
  std::uint64_t offset = address;
  const auto enter = [&](std::uint64_t window, ptx::Space inside) {
    if (!is_in_window(address, window)) return;
    space = inside;
    offset = address - window;
  };
  if (space == ptx::Space::generic) {
    enter(kSharedWindow, ptx::Space::shared);
    enter(kLocalWindow, ptx::Space::local);
    enter(kParamWindow, ptx::Space::param);
  }
  GlobalMemory& memory = cta_.launch.memory;
  auto& params = cta_.launch.config.params;
  switch (space) {
    case ptx::Space::shared:
      if (!shared_.contains(offset, bytes)) return std::nullopt;
      return Place{space, shared_.data(static_cast<std::uint32_t>(offset)),
                   shared_.shadow(static_cast<std::uint32_t>(offset)), kSharedWindow + offset};
    case ptx::Space::local: {
      std::byte* const data = warp_.local(lane, offset, static_cast<std::uint32_t>(bytes));
      if (data == nullptr) return std::nullopt;
      return Place{space, data, warp_.local_is_initialized(lane, offset), kLocalWindow + offset};
    }
    case ptx::Space::param:
      if (bytes > params.size() || offset > params.size() - bytes) return std::nullopt;
      return Place{space, params.data() + offset, nullptr, kParamWindow + offset};
    default:
      if (!memory.in_range(address, bytes)) return std::nullopt;
      return Place{ptx::Space::global, memory.data(address), memory.shadow(address), address};
  }
}

bool LaneAccess::shared_offset(int lane, std::uint64_t address, std::uint32_t& offset) {
  const auto place = locate(lane, address, rule_.bytes);
  if (!place) {
    fault(lane, address);
    return false;
  }
  if (place->space != ptx::Space::shared) {
    finding(lane, *place, FindingKind::invalid_address, "is not an address of shared memory");
    return false;
  }
  offset = static_cast<std::uint32_t>(place->generic - kSharedWindow);
  if (offset % rule_.align == 0) return true;
  misaligned(lane, *place);
  return false;
}

bool LaneAccess::is_private(std::uint64_t address) const {
  return rule_.space == ptx::Space::local ||
         (rule_.space == ptx::Space::generic && is_in_window(address, kLocalWindow));
}

bool LaneAccess::is_watched(ptx::Space space) const {
  if (space == ptx::Space::shared) return true;
  return space == ptx::Space::global && rule_.space != ptx::Space::constant &&
         !rule_.is_non_coherent && shared_.clocks().watches_global();
}

ShadowWords LaneAccess::words(const Place& place) const {
  return place.space == ptx::Space::shared
             ? shared_.words(static_cast<std::uint32_t>(place.generic - kSharedWindow))
             : cta_.launch.memory.words(place.generic);
}

std::byte* LaneAccess::touch(int lane, std::uint64_t address, const std::byte* value) {
  return touch(lane, address, value, 0);
}

// One of the readers stands for all; a writer among them must not, lest its own word excuse all.
std::byte* LaneAccess::touch_together(Mask readers, std::uint64_t address) {
  int lane = std::countr_zero(readers);
  if (const auto place = locate(lane, address, rule_.bytes); place && is_watched(place->space)) {
    const Word writer = *words(*place).writer;
    if ((writer & kByteBits) != 0 && thread_of(writer) == warp_.thread(lane))
      lane = kLanes - 1 - std::countl_zero(readers);
  }
  return touch(lane, address, nullptr, readers);
}

std::byte* LaneAccess::touch(int lane, std::uint64_t address, const std::byte* value,
                             Mask readers) {
  const auto place = locate(lane, address, rule_.bytes);
  if (!place) {
    fault(lane, address);
    return nullptr;
  }
  if (address % rule_.align != 0) {
    misaligned(lane, *place);
    return nullptr;
  }
  if (!check_state(lane, *place)) return nullptr;
  if (place->shadow != nullptr && rule_.kind != AccessKind::load)
    std::memset(place->shadow, static_cast<int>(ByteState::initialized), rule_.bytes);
  if (is_atomic()) synchronize_before(*place);
  if (is_watched(place->space) && !check_races(lane, *place, value, readers)) return nullptr;
  if (is_atomic()) synchronize_after(*place);
  return place->data;
}

// May the lane do this with these bytes? Where nothing forbids it (nearly always) one AND over the
// states tells.
bool LaneAccess::check_state(int lane, const Place& place) {
  if (place.space == ptx::Space::param)
    return rule_.kind == AccessKind::load ||
           finding(lane, place, FindingKind::read_only_write, "writes to a kernel's parameters");
  if (place.space == ptx::Space::local) return check_local(lane, place);
  const std::uint8_t wanted = rule_.kind == AccessKind::load    ? kMayRead
                              : rule_.kind == AccessKind::store ? kMayWrite
                                                                : kMayRead | kMayWrite;
  if ((all_bits(place.shadow, rule_.bytes) & wanted) == wanted) return true;
  for (std::uint32_t byte = 0; byte < rule_.bytes; ++byte) {
    const auto state = static_cast<ByteState>(place.shadow[byte]);
    if (state == ByteState::unaddressable) return fault_in_allocation(lane, place);
    if (state == ByteState::in_flight) return in_flight(lane, place, byte);
    if (state == ByteState::mbarrier)
      return finding(lane, place, FindingKind::invalid_mbarrier,
                     "touches an mbarrier object with an ordinary access");
    const bool is_constant =
        state == ByteState::constant || state == ByteState::uninitialized_constant;
    if (is_constant && rule_.kind != AccessKind::load)
      return finding(lane, place, FindingKind::read_only_write, "writes to constant memory");
  }
  return rule_.kind == AccessKind::store || check_uninitialized(lane, place);
}

bool LaneAccess::check_local(int lane, const Place& place) {
  if (rule_.kind == AccessKind::store) return true;
  const bool all_written =
      std::all_of(place.shadow, place.shadow + rule_.bytes, [](std::uint8_t f) { return f != 0; });
  return all_written || check_uninitialized(lane, place);
}

bool LaneAccess::check_uninitialized(int lane, const Place& place) {
  const auto is_written = [&](std::uint32_t byte) {
    return place.space == ptx::Space::local ? place.shadow[byte] != 0
                                            : (place.shadow[byte] & kMayRead) != 0;
  };
  const std::uint32_t element = rule_.element_bytes == 0 ? 1 : rule_.element_bytes;
  std::uint32_t any = 0;
  for (std::uint32_t byte = 0; byte < rule_.bytes; ++byte)
    any += is_written(byte) ? 1 : 0;
  for (std::uint32_t first = 0; first < rule_.bytes; first += element) {
    bool is_known = any != 0 && rule_.element_bytes != 0 && (rule_.copied >> first / element & 1);
    for (std::uint32_t byte = first; byte < first + element; ++byte)
      is_known |= is_written(byte);
    if (is_known) continue;
    std::uint32_t end = first + element;
    while (end < rule_.bytes && !is_written(end))
      ++end;
    return uninitialized(lane, place, first, end - first);
  }
  return true;
}

}  // namespace assay::emulator
