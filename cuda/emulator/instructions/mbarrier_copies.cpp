// SPDX-License-Identifier: Apache-2.0
// A block's mbarriers, and the copies that they tell of: cp.async.mbarrier.arrive and
// cp.async.bulk.
#include <algorithm>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/instructions/async_state.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint32_t kNoWarp = 0xFFFFFFFF;

}  // namespace

// Has the mbarrier told of the copy, in a phase before this one?
struct AsyncState::ToldBefore {
  std::uint32_t mbarrier = 0;
  std::uint64_t phase = 0;

  bool operator()(const CopyIn& copy) const {
    return copy.is_bound && copy.mbarrier == mbarrier && copy.phase < phase;
  }
};

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

// Waits acquire what the copies' issuers did up to here, so that the copies are ordered before
// them.
void AsyncState::settle_told(std::vector<CopyIn>& copies, const ToldBefore& is_told) {
  std::uint32_t last_warp = kNoWarp;
  for (const CopyIn& copy : copies)
    if (is_told(copy)) settle(copy);
  for (const CopyIn& copy : copies)
    if (is_told(copy) && copy.thread / kLanes != last_warp) {
      last_warp = copy.thread / kLanes;
      release(copy.thread, copy.mbarrier, copy.phase);
    }
  std::erase_if(copies, is_told);
}

bool AsyncState::waits_for(const Thread& owner, std::uint32_t offset) {
  return std::ranges::any_of(owner.arrivals,
                             [&](const PendingArrival& a) { return a.mbarrier == offset; }) ||
         std::ranges::any_of(owner.copies, [&](const CopyIn& copy) {
           return copy.is_bound && copy.mbarrier == offset;
         });
}

void AsyncState::settle_phase(std::uint32_t offset) {
  Object& object = mbarriers_.at(offset);
  object.state.set_seen();
  const ToldBefore is_told{offset, object.state.phase()};
  settle_told(object.bulk, is_told);
  for (const std::uint32_t index : object.threads) {
    Thread& owner = thread(index);
    for (PendingArrival& arrival : owner.arrivals) {
      const auto end = owner.copies.begin() + static_cast<std::ptrdiff_t>(arrival.copies);
      arrival.copies -= static_cast<std::size_t>(std::count_if(owner.copies.begin(), end, is_told));
    }
    settle_told(owner.copies, is_told);
  }
  std::erase_if(object.threads,
                [&](std::uint32_t index) { return !waits_for(thread(index), offset); });
}

}  // namespace assay::emulator
