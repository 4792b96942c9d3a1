// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/memory/global_ticks.hpp"

namespace assay::emulator {

Tick GlobalTicks::begin_launch(bool& is_fresh) {
  const std::lock_guard lock(mutex_);
  is_fresh = running_ == 0 && next_ > kChunks / 2;
  if (is_fresh) next_ = 1;
  ++running_;
  return next_ * kTickChunk - 1;
}

bool GlobalTicks::end_launch() {
  const std::lock_guard lock(mutex_);
  return --running_ == 0;
}

Tick GlobalTicks::draw(Tick launch, std::uint64_t block) {
  const std::lock_guard lock(mutex_);
  if (next_ >= kChunks) return 0;
  const std::uint32_t chunk = next_++, page = chunk / kPage;
  if (owned_[page] == nullptr) {
    owned_[page] = std::make_unique<Page>();
    pages_[page].store(owned_[page].get(), std::memory_order_release);
  }
  (*owned_[page])[chunk % kPage] = {launch, block};
  return chunk * kTickChunk;
}

// A chunk's owner is written before any word with its ticks; a reader that meets such a word has
// either the same thread or an acquired page.
GlobalTicks::Owner GlobalTicks::owner(Tick tick) const {
  const std::uint32_t chunk = tick / kTickChunk;
  const Page* const page = pages_[chunk / kPage].load(std::memory_order_acquire);
  return page == nullptr ? Owner{} : (*page)[chunk % kPage];
}

}  // namespace assay::emulator
