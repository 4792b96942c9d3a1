// SPDX-License-Identifier: Apache-2.0
// Bulk copies out of shared memory, and what they see of it: PTX ISA, "Data Movement and Conversion
// Instructions: cp.async.bulk", "... cp.async.bulk.wait_group", and of the memory consistency
// model, "Proxies".
#include <algorithm>
#include <cstring>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/instructions/async_state.hpp"
#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"

namespace assay::emulator {

void AsyncState::issue(BulkStore store) {
  check_proxy(store);
  Thread& owner = thread(store.thread);
  store.group = owner.open_bulk_group;
  const std::byte* const source = shared().data(store.offset);
  store.data.assign(source, source + store.bytes);
  if (is_eager()) write(store);
  owner.stores.push_back(std::move(store));
}

void AsyncState::commit_bulk(std::uint32_t index) {
  ++thread(index).open_bulk_group;
}

// The source must have kept its bytes from the issue until now.
void AsyncState::read(BulkStore& store, bool uses_current) {
  store.has_read = true;
  const std::byte* const source = shared().data(store.offset);
  if (std::memcmp(source, store.data.data(), store.bytes) == 0) return;
  report_at(store.thread, store.pc, FindingKind::missing_async_wait,
            "its source in shared memory was overwritten before cp.async.bulk.wait_group said that "
            "it was read");
  if (uses_current) store.data.assign(source, source + store.bytes);
}

void AsyncState::write(BulkStore& store) {
  store.has_written = true;
  for (std::uint32_t at = 0; at < store.bytes; at += store.element_bytes) {
    if (store.reduce != nullptr) {
      store.reduce(store.target + at, store.data.data() + at, store.data.data() + at);
    } else if (((store.byte_mask >> (at % 16)) & 1) != 0) {
      store.target[at] = store.data[at];
    }
  }
  ++cta_.effects;
}

void AsyncState::wait_bulk(std::uint32_t index, std::uint64_t pending, bool is_read_only) {
  if (threads_.empty()) return;
  Thread& owner = thread(index);
  const auto is_awaited = [&](const BulkStore& store) {
    return store.group + pending < owner.open_bulk_group;
  };
  for (BulkStore& store : owner.stores) {
    if (!is_awaited(store)) continue;
    if (!store.has_read) read(store, !store.has_written);
    if (!is_read_only && !store.has_written) write(store);
  }
  std::erase_if(owner.stores, [&](const BulkStore& store) {
    return is_awaited(store) && store.has_read && store.has_written;
  });
}

void AsyncState::finish() {
  for (Thread& owner : threads_)
    for (BulkStore& store : owner.stores) {
      if (!store.has_read)
        report_at(store.thread, store.pc, FindingKind::missing_async_wait,
                  "the block ended before cp.async.bulk.wait_group said that the source in shared "
                  "memory was read");
      if (!store.has_written) write(store);
    }
  threads_.clear();
}

bool AsyncState::watches_proxy() {
  if (!cta_.launch.program.reads_by_async_proxy) return false;
  if (proxy_view_.empty()) proxy_view_.assign(shared().bytes(), std::byte{0});
  return true;
}

void AsyncState::fence_proxy() {
  if (watches_proxy() && !proxy_view_.empty())
    std::memcpy(proxy_view_.data(), shared().data(kSharedStart), proxy_view_.size());
}

bool AsyncState::proxy_sees(std::uint32_t offset, std::uint32_t bytes) {
  if (!watches_proxy()) return true;
  const std::byte* const seen = proxy_view_.data() + (offset - kSharedStart);
  return std::memcmp(seen, shared().data(offset), bytes) == 0;
}

void AsyncState::check_proxy(const BulkStore& store) {
  if (!proxy_sees(store.offset, store.bytes))
    report_at(store.thread, store.pc, FindingKind::missing_async_wait, kUnfencedRead);
}

}  // namespace assay::emulator
