// SPDX-License-Identifier: Apache-2.0
// What LaneAccess reports. Each function returns false where the launch must stop.
#include <algorithm>

#include <fmt/format.h>

#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/memory/lane_access.hpp"

namespace assay::emulator {
namespace {

std::string_view verb(AccessKind kind) {
  switch (kind) {
    case AccessKind::load:
      return "reads";
    case AccessKind::store:
      return "writes";
    case AccessKind::atomic:
      return "updates";
  }
  return "";
}

// The shared variable that holds the offset, or the last one before it.
std::string describe_shared(const Program& program, std::uint64_t offset, std::uint64_t total) {
  const SharedVariable* best = nullptr;
  for (const SharedVariable& variable : program.shared_variables)
    if (variable.offset <= offset && offset < variable.offset + variable.bytes) best = &variable;
  if (best != nullptr)
    return fmt::format("shared variable {} ({} bytes), at byte {}", best->name, best->bytes,
                       offset - best->offset);
  if (offset < kSharedStart)
    return fmt::format("shared memory of the block begins at {}", kSharedStart);
  const std::string name = fmt::format("shared memory of the block ({} bytes)", total);
  const std::uint64_t byte = offset - kSharedStart;
  if (byte >= total) return fmt::format("{}, {} bytes past its end", name, byte - total);
  return fmt::format("{}, at byte {}", name, byte);
}

bool is_near(const GlobalMemory& memory, std::uint64_t address) {
  return address >= kGlobalBase && address - kGlobalBase < memory.capacity() &&
         memory.find(address).has_value();
}

}  // namespace

bool LaneAccess::finding(int lane, const Place& place, FindingKind kind, std::string message) {
  Finding finding;
  finding.kind = kind;
  finding.message = std::move(message);
  finding.address = place.generic;
  finding.allocation = describe(place);
  return report(warp_, lane, std::move(finding)) != Flow::stop;
}

std::string LaneAccess::describe(const Place& place) const {
  switch (place.space) {
    case ptx::Space::shared:
      return describe_shared(cta_.launch.program, place.generic - kSharedWindow, shared_.bytes());
    case ptx::Space::local:
      return "local memory of the thread";
    case ptx::Space::param:
      return fmt::format("parameters of the kernel ({} bytes)", cta_.launch.config.params.size());
    default:
      return cta_.launch.memory.describe(place.generic);
  }
}

// The address lies in no space's memory.
bool LaneAccess::fault(int lane, std::uint64_t address) {
  Place place;
  place.space = rule_.space;
  place.generic = address;
  const auto enter = [&](ptx::Space space, std::uint64_t window) {
    if (rule_.space == space) place.generic = window + address;
    if (rule_.space == ptx::Space::generic && address >= window && address - window < kWindowBytes)
      place.space = space;
  };
  enter(ptx::Space::shared, kSharedWindow);
  enter(ptx::Space::local, kLocalWindow);
  enter(ptx::Space::param, kParamWindow);
  const bool is_global = place.space == ptx::Space::generic || place.space == ptx::Space::global ||
                         place.space == ptx::Space::constant;
  if (!is_global || is_near(cta_.launch.memory, address))
    return finding(lane, place, FindingKind::out_of_bounds,
                   fmt::format("{} {} bytes out of bounds", verb(rule_.kind), rule_.bytes));
  Finding finding;
  finding.kind = FindingKind::invalid_address;
  finding.address = address;
  finding.message =
      fmt::format("{} {} bytes where no memory of the device can be{}", verb(rule_.kind),
                  rule_.bytes, address < kSharedStart ? ": a null pointer" : "");
  return report(warp_, lane, std::move(finding)) != Flow::stop;
}

bool LaneAccess::fault_in_allocation(int lane, const Place& place) {
  const auto bad = std::find(place.shadow, place.shadow + rule_.bytes,
                             static_cast<std::uint8_t>(ByteState::unaddressable));
  const std::uint64_t address = place.generic + static_cast<std::uint64_t>(bad - place.shadow);
  const auto nearest = cta_.launch.memory.find(address);
  const bool is_freed = nearest && nearest->is_freed && address >= nearest->address &&
                        address - nearest->address < nearest->bytes;
  return finding(lane, place, is_freed ? FindingKind::use_after_free : FindingKind::out_of_bounds,
                 fmt::format("{} {} bytes {}", verb(rule_.kind), rule_.bytes,
                             is_freed ? "of a freed allocation" : "out of bounds"));
}

bool LaneAccess::misaligned(int lane, const Place& place) {
  return finding(lane, place, FindingKind::misaligned,
                 fmt::format("{} {} bytes at an address that is no multiple of {}",
                             verb(rule_.kind), rule_.bytes, rule_.align));
}

bool LaneAccess::uninitialized(int lane, const Place& place, std::uint32_t first,
                               std::uint32_t count) {
  if (rule_.defers_uninitialized && place.space != ptx::Space::global) {
    warp_.note_uninitialized(lane);
    return true;
  }
  Place bytes = place;
  bytes.generic += first;
  return finding(lane, bytes, FindingKind::uninitialized_read,
                 fmt::format("reads {} bytes that nothing has written", count));
}

bool LaneAccess::in_flight(int lane, const Place& place, std::uint32_t byte) {
  const Word writer = *words(place).writer;
  Finding finding;
  finding.kind = FindingKind::missing_async_wait;
  finding.address = place.generic + byte;
  finding.allocation = describe(place);
  finding.other = party_of({writer, true, false, cta_.linear_index});
  finding.message = fmt::format("{} {} bytes while an asynchronous copy to them is under way",
                                verb(rule_.kind), rule_.bytes);
  return report(warp_, lane, std::move(finding)) != Flow::stop;
}

Party LaneAccess::party_of(const Conflict& conflict) const {
  const Word word = conflict.word;
  const Launch& launch = cta_.launch;
  const Dim3 &grid = launch.config.grid, &block = launch.config.block;
  Party other = party(warp_, 0, pc_of(word));
  const std::uint64_t b = conflict.is_in_other_block ? conflict.block : cta_.linear_index;
  other.block = {static_cast<std::uint32_t>(b % grid[0]),
                 static_cast<std::uint32_t>(b / grid[0] % grid[1]),
                 static_cast<std::uint32_t>(b / grid[0] / grid[1])};
  const std::uint32_t t = thread_of(word);
  other.thread = {t % block[0], t / block[0] % block[1], t / block[0] / block[1]};
  return other;
}

bool LaneAccess::race(int lane, const Place& place, const Conflict& conflict) {
  const std::vector<OpInfo>& infos = cta_.launch.program.infos;
  const std::uint32_t other_pc = pc_of(conflict.word);
  const bool other_changes =
      conflict.has_written || (other_pc < infos.size() && infos[other_pc].is_update);
  const bool updates = !is_atomic() && infos[warp_.pc()].is_update && other_changes;
  const std::string_view other = conflict.is_in_other_block ? "a thread of another block"
                                 : conflict.is_exact        ? "another thread"
                                                     : "a thread of that warp (there or elsewhere)";
  const std::string_view does =
      conflict.has_written ? (conflict.word & kAtomicFlag) != 0 ? "updates" : "writes" : "reads";
  Finding finding;
  finding.kind = updates ? FindingKind::lost_update : FindingKind::race;
  finding.address = place.generic;
  finding.allocation = describe(place);
  finding.other = party_of(conflict);
  finding.message =
      fmt::format("{} bytes that {} {}, and nothing orders the two{}", verb(rule_.kind), other,
                  does, updates ? ": one update can be lost" : "");
  return report(warp_, lane, std::move(finding)) != Flow::stop;
}

}  // namespace assay::emulator
