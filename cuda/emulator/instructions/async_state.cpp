// SPDX-License-Identifier: Apache-2.0
// Copies into shared memory from issue to settlement, and cp.async's groups of them. Copies that
// mbarriers tell of are in mbarrier_copies.cpp, those out of shared memory in bulk_store.cpp.
#include "cuda/emulator/instructions/async_state.hpp"

#include <algorithm>
#include <cstring>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"

namespace assay::emulator {
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

}  // namespace assay::emulator
