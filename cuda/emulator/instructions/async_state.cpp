// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/async_state.hpp"

#include <algorithm>
#include <cstring>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint32_t kNoWarp = 0xFFFFFFFF;

}  // namespace

SharedMemory& AsyncState::shared() {
  return *cta_.shared;
}

AsyncState::Thread& AsyncState::thread(std::uint32_t index) {
  if (threads_.empty()) threads_.resize(cta_.launch.threads());
  return threads_[index];
}

// SplitMix64 (Steele, Lea, Flood 2014), seeded by block.
bool AsyncState::is_eager() {
  const Options& options = cta_.launch.options;
  if (options.async != AsyncPolicy::random) return options.async == AsyncPolicy::eager;
  if (random_ == 0) random_ = options.async_seed * 0xD1342543DE82EF95u + cta_.linear_index + 1;
  std::uint64_t z = random_ += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return ((z ^ (z >> 31)) & 1) != 0;
}

void AsyncState::report_at(std::uint32_t thread, Pc pc, FindingKind kind, std::string message) {
  Launch& launch = cta_.launch;
  Finding finding;
  finding.kind = kind;
  finding.kernel = launch.kernel.name;
  const Warp& warp = *cta_.warps[thread / kLanes];
  finding.at = party(warp, static_cast<int>(thread % kLanes), pc);
  if (const ptx::Instruction* const instruction = launch.program.infos[pc].instruction)
    finding.instruction = instruction->spelled();
  finding.message = std::move(message);
  launch.findings.add(std::move(finding));
}

// ---- cp.async

void AsyncState::move(CopyIn& copy) {
  std::byte* const target = shared().data(copy.offset);
  if (copy.source_bytes != 0) std::memcpy(target, copy.source, copy.source_bytes);
  std::memset(target + copy.source_bytes, 0, copy.bytes - copy.source_bytes);
  copy.has_moved = true;
  ++cta_.effects;
  show_to_proxy(copy);
}

void AsyncState::show_to_proxy(const CopyIn& copy) {
  if (watches_proxy())
    std::memcpy(proxy_view_.data() + (copy.offset - kSharedStart), shared().data(copy.offset),
                copy.bytes);
}

void AsyncState::settle(const CopyIn& copy) {
  shared().async_completed(copy.thread, copy.pc, copy.offset, copy.bytes);
}

void AsyncState::issue(CopyIn copy) {
  Thread& owner = thread(copy.thread);
  copy.group = owner.open_group;
  shared().async_issued(copy.thread, copy.pc, copy.offset, copy.bytes);
  if (copy.has_moved) {
    show_to_proxy(copy);
  } else if (is_eager()) {
    move(copy);
  }
  owner.copies.push_back(copy);
}

void AsyncState::commit(std::uint32_t index) {
  ++thread(index).open_group;
}

void AsyncState::settle_front(std::uint32_t index, std::size_t count) {
  Thread& owner = thread(index);
  for (std::size_t i = 0; i < count; ++i)
    if (!owner.copies[i].has_moved) move(owner.copies[i]);
  if (!owner.arrivals.empty()) {
    // The arrivals that these copies held up happen, too.
    if (const MbarrierFault fault = arrive_where_moved(index))
      report_at(index, owner.arrivals.front().pc, FindingKind::invalid_mbarrier, *fault);
    for (PendingArrival& arrival : owner.arrivals)
      arrival.copies -= std::min(arrival.copies, count);
  }
  for (std::size_t i = 0; i < count; ++i)
    settle(owner.copies[i]);
  owner.copies.erase(owner.copies.begin(),
                     owner.copies.begin() + static_cast<std::ptrdiff_t>(count));
}

void AsyncState::wait(std::uint32_t index, std::uint64_t pending) {
  if (threads_.empty()) return;
  const Thread& owner = thread(index);
  std::size_t count = 0;
  while (count < owner.copies.size() && owner.copies[count].group + pending < owner.open_group)
    ++count;
  if (count != 0) settle_front(index, count);
}

void AsyncState::wait_all(std::uint32_t index) {
  if (threads_.empty()) return;
  if (const std::size_t count = thread(index).copies.size(); count != 0) settle_front(index, count);
}

// ---- mbarriers that tell of copies

void AsyncState::release(std::uint32_t index, std::uint32_t offset, std::uint64_t phase) {
  shared().clocks().release(index / kLanes, clock_of(offset, phase));
}

MbarrierFault AsyncState::arrive_after_copies(std::uint32_t index, std::uint32_t offset,
                                              bool is_counted_already) {
  Object& object = mbarriers_.at(offset);
  if (!is_counted_already)
    if (auto fault = object.state.expect_one_more()) return fault;
  Thread& owner = thread(index);
  owner.arrivals.push_back({offset, owner.copies.size(), cta_.warps[index / kLanes]->pc()});
  object.threads.push_back(index);
  return arrive_where_moved(index);
}

// The thread's pending arrivals whose copies have all moved.
MbarrierFault AsyncState::arrive_where_moved(std::uint32_t index) {
  Thread& owner = thread(index);
  while (!owner.arrivals.empty()) {
    const PendingArrival arrival = owner.arrivals.front();
    const auto end = owner.copies.begin() + static_cast<std::ptrdiff_t>(arrival.copies);
    if (std::any_of(owner.copies.begin(), end, [](const CopyIn& c) { return !c.has_moved; }))
      return std::nullopt;
    Mbarrier* const object = mbarrier(arrival.mbarrier);
    if (object == nullptr) return "arrives at an mbarrier that is no longer valid";
    const std::uint64_t phase = object->phase();
    for (auto copy = owner.copies.begin(); copy != end; ++copy)
      if (!copy->is_bound) {
        copy->is_bound = true;
        copy->mbarrier = arrival.mbarrier;
        copy->phase = phase;
      }
    release(index, arrival.mbarrier, phase);
    if (auto fault = object->arrive(1, true)) return fault;
    owner.arrivals.erase(owner.arrivals.begin());
    ++cta_.effects;
  }
  return std::nullopt;
}

// A bulk copy's bytes move and are counted.
MbarrierFault AsyncState::land(Object& object, std::uint32_t offset, CopyIn& copy) {
  move(copy);
  copy.is_bound = true;
  copy.mbarrier = offset;
  copy.phase = object.state.phase();
  return object.state.complete_tx(copy.bytes);
}

MbarrierFault AsyncState::issue_bulk(CopyIn copy, std::uint32_t offset) {
  Object& object = mbarriers_.at(offset);
  shared().async_issued(copy.thread, copy.pc, copy.offset, copy.bytes);
  MbarrierFault fault;
  if (is_eager()) fault = land(object, offset, copy);
  object.bulk.push_back(copy);
  return fault;
}

Mbarrier* AsyncState::mbarrier(std::uint32_t offset) {
  const auto found = mbarriers_.find(offset);
  return found == mbarriers_.end() ? nullptr : &found->second.state;
}

void AsyncState::init(std::uint32_t offset, std::uint32_t count) {
  mbarriers_.emplace(offset, Object(count));
  shared().set_mbarrier(offset, true);
  shared().clocks().reset(clock_of(offset, 0));
  shared().clocks().reset(clock_of(offset, 1));
  ++cta_.effects;
}

void AsyncState::inval(std::uint32_t offset) {
  mbarriers_.erase(offset);
  shared().set_mbarrier(offset, false);
  ++cta_.effects;
}

MbarrierFault AsyncState::hurry(std::uint32_t offset) {
  if (cta_.launch.options.async == AsyncPolicy::eager) return std::nullopt;
  Object& object = mbarriers_.at(offset);
  const std::uint64_t phase = object.state.phase();
  for (CopyIn& copy : object.bulk)
    if (!copy.has_moved && object.state.phase() == phase)
      if (auto fault = land(object, offset, copy)) return fault;
  for (const std::uint32_t index : std::vector(object.threads)) {
    Thread& owner = thread(index);
    for (const PendingArrival& arrival : std::vector(owner.arrivals)) {
      for (std::size_t i = 0; i < arrival.copies; ++i)
        if (!owner.copies[i].has_moved) move(owner.copies[i]);
      if (arrival.mbarrier == offset) break;
    }
    if (auto fault = arrive_where_moved(index)) return fault;
  }
  return std::nullopt;
}

void AsyncState::settle_phase(std::uint32_t offset) {
  Object& object = mbarriers_.at(offset);
  object.state.set_seen();
  const std::uint64_t current = object.state.phase();
  const auto is_over = [&](const CopyIn& copy) {
    return copy.is_bound && copy.mbarrier == offset && copy.phase < current;
  };
  // Waits acquire what their issuers did up to here, so that the copies are ordered before them.
  const auto settle_over = [&](std::vector<CopyIn>& copies) {
    std::uint32_t last_warp = kNoWarp;
    for (const CopyIn& copy : copies)
      if (is_over(copy)) settle(copy);
    for (const CopyIn& copy : copies)
      if (is_over(copy) && copy.thread / kLanes != last_warp) {
        last_warp = copy.thread / kLanes;
        release(copy.thread, offset, copy.phase);
      }
    std::erase_if(copies, is_over);
  };
  settle_over(object.bulk);
  for (const std::uint32_t index : object.threads) {
    Thread& owner = thread(index);
    for (PendingArrival& arrival : owner.arrivals)
      arrival.copies -= static_cast<std::size_t>(std::count_if(
          owner.copies.begin(), owner.copies.begin() + static_cast<std::ptrdiff_t>(arrival.copies),
          is_over));
    settle_over(owner.copies);
  }
  std::erase_if(object.threads, [&](std::uint32_t index) {
    const Thread& owner = thread(index);
    return std::ranges::none_of(
               owner.arrivals,
               [&](const PendingArrival& arrival) { return arrival.mbarrier == offset; }) &&
           std::ranges::none_of(owner.copies, [&](const CopyIn& copy) {
             return copy.is_bound && copy.mbarrier == offset;
           });
  });
}

}  // namespace assay::emulator
