// SPDX-License-Identifier: Apache-2.0
// Warps' loads and stores, cut into runs: neighbouring lanes at neighbouring addresses, or at the
// same one. A run is checked and moved as a whole where nothing is wrong with it, else lane by
// lane.
#include "cuda/emulator/memory/access.hpp"

#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/memory/dense_access.hpp"
#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/memory/lane_access.hpp"
#include "cuda/emulator/memory/memory_counters.hpp"
#include "cuda/emulator/memory/row_access.hpp"

namespace assay::emulator {
namespace {

struct Run {
  int first = 0, count = 1;
  bool is_same_address = false;

  Mask lanes() const { return (count == kLanes ? kAllLanes : (1u << count) - 1) << first; }
};

constexpr std::size_t kWorthwhile = 32;  // bytes

// How granules of a run belong to its lanes; nothing where they do not do so in whole.
bool map_granules(std::uint32_t bytes, DenseAccess& access) {
  if (!std::has_single_bit(bytes)) return false;
  const int log = std::countr_zero(bytes);
  access.up = log < 2 ? 2 - log : 0;
  access.down = log > 2 ? log - 2 : 0;
  access.granules = access.bytes / kGranule;
  return true;
}

// Nothing where the run needs a closer look before any check is made.
std::optional<DenseAccess> make_dense(LaneAccess& lanes, const AccessRule& rule, const Run& run,
                                      std::uint64_t address) {
  DenseAccess access;
  access.bytes = static_cast<std::size_t>(run.count) * rule.bytes;
  if (run.is_same_address || access.bytes < kWorthwhile || address % rule.align != 0 ||
      rule.ordering != Ordering::weak)
    return std::nullopt;
  const auto place = lanes.locate(run.first, address, access.bytes);
  if (!place || (place->space != ptx::Space::shared && place->space != ptx::Space::global))
    return std::nullopt;
  access.space = place->space;
  access.memory = place->data;
  access.shadow = place->shadow;
  access.first_lane = run.first;
  if (!lanes.is_watched(place->space)) return access;
  if (address % kGranule != 0 || access.bytes % kGranule != 0 || !map_granules(rule.bytes, access))
    return std::nullopt;
  access.words = lanes.words(*place);
  return access;
}

// The longest run of active lanes that begins at `first`.
Run run_from(Mask active, int first, std::uint64_t stride, const std::uint64_t* addresses) {
  Run run{first, 1, false};
  const auto follows = [&](int lane, std::uint64_t step) {
    return lane < kLanes && (active >> lane & 1) != 0 &&
           addresses[lane] == addresses[lane - 1] + step;
  };
  run.is_same_address = follows(first + 1, 0);
  const std::uint64_t step = run.is_same_address ? 0 : stride;
  while (follows(first + run.count, step))
    ++run.count;
  return run;
}

class WarpAccess {
 public:
  WarpAccess(Warp& warp, const AccessRule& rule)
      : rule_(rule), shared_(*warp.cta().shared), lanes_(warp, rule), kernels_(dense_kernels()) {}

  // Rows of 16 bytes in shared memory, all at once. False: look closer.
  bool load_rows(Mask active, const std::uint64_t* addresses, std::byte* data) {
    if (rule_.space != ptx::Space::shared || rule_.bytes != kRowBytes || rule_.align != kRowBytes ||
        rule_.ordering != Ordering::weak)
      return false;
    const RowAccess access{shared_.data(kSharedStart),
                           shared_.shadow(kSharedStart),
                           shared_.words(kSharedStart),
                           shared_.bytes(),
                           active,
                           addresses};
    return emulator::load_rows(access, lanes_.view(ptx::Space::shared), data);
  }

  template <typename Move>
  Flow for_runs(Mask active, const std::uint64_t* addresses, Move&& move) {
    if (active == kAllLanes && kernels_.is_regular(addresses, rule_.bytes))
      return move(Run{0, kLanes, false}) ? Flow::next : Flow::stop;
    while (active != 0) {
      const Run run = run_from(active, std::countr_zero(active), rule_.bytes, addresses);
      if (!move(run)) return Flow::stop;
      active &= ~run.lanes();
    }
    return Flow::next;
  }

  bool load(const Run& run, std::uint64_t address, std::byte* data) {
    if (run.is_same_address && !lanes_.is_private(address))
      return load_together(run, address, data);
    const auto dense = make_dense(lanes_, rule_, run, address);
    if (dense && kernels_.load(*dense, lanes_.view(dense->space), data)) return true;
    for (int l = 0; l < run.count; ++l, data += rule_.bytes, address += step(run)) {
      const std::byte* const from = lanes_.touch(run.first + l, address, nullptr);
      if (from == nullptr) return false;
      std::memcpy(data, from, rule_.bytes);
    }
    return true;
  }

  bool store(const Run& run, std::uint64_t address, const std::byte* data) {
    const auto dense = make_dense(lanes_, rule_, run, address);
    if (dense && kernels_.store(*dense, lanes_.view(dense->space), data)) return true;
    for (int l = 0; l < run.count; ++l, data += rule_.bytes, address += step(run)) {
      std::byte* const to = lanes_.touch(run.first + l, address, data);
      if (to == nullptr) return false;
      std::memcpy(to, data, rule_.bytes);
    }
    return true;
  }

 private:
  std::uint64_t step(const Run& run) const { return run.is_same_address ? 0 : rule_.bytes; }

  bool load_together(const Run& run, std::uint64_t address, std::byte* data) {
    const std::byte* const from = lanes_.touch_together(run.lanes(), address);
    if (from == nullptr) return false;
    for (int l = 0; l < run.count; ++l)
      std::memcpy(data + static_cast<std::size_t>(l) * rule_.bytes, from, rule_.bytes);
    return true;
  }

  const AccessRule& rule_;
  SharedMemory& shared_;
  LaneAccess lanes_;
  const DenseKernels& kernels_;
};

}  // namespace

std::byte* access(Warp& warp, int lane, const AccessRule& rule, std::uint64_t address) {
  if (rule.kind == AccessKind::store) ++warp.cta().effects;
  if (rule.kind == AccessKind::atomic || rule.ordering != Ordering::weak) ++warp.cta().polls;
  return LaneAccess(warp, rule).touch(lane, address, nullptr);
}

Flow load(Warp& warp, Mask active, const AccessRule& rule, const std::uint64_t* addresses,
          std::byte* data) {
  if (rule.ordering != Ordering::weak) ++warp.cta().polls;
  count_access(warp, active, rule, addresses);
  WarpAccess access(warp, rule);
  if (access.load_rows(active, addresses, data)) return Flow::next;
  return access.for_runs(active, addresses, [&](const Run& run) {
    return access.load(run, addresses[run.first],
                       data + static_cast<std::size_t>(run.first) * rule.bytes);
  });
}

Flow store(Warp& warp, Mask active, const AccessRule& rule, const std::uint64_t* addresses,
           const std::byte* data) {
  ++warp.cta().effects;
  count_access(warp, active, rule, addresses);
  WarpAccess access(warp, rule);
  return access.for_runs(active, addresses, [&](const Run& run) {
    return access.store(run, addresses[run.first],
                        data + static_cast<std::size_t>(run.first) * rule.bytes);
  });
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
