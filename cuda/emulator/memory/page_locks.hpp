// SPDX-License-Identifier: Apache-2.0
// Two blocks on two host threads that touch the same granule each look at what the other has noted,
// note themselves, and store: did both look first, neither would see the other. So they do it under
// the lock of the page, one after the other. Pages share a fixed number of locks.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <thread>

namespace assay::emulator {

class PageLocks {
 public:
  // Bytes of global memory: the most that a warp accesses side by side, 32 bytes a lane. In larger
  // pages threads would wait more for each other.
  static constexpr std::uint64_t kPage = 1024;
  static constexpr std::uint64_t kLocks = 1024;

  [[gnu::always_inline]] static inline std::uint64_t index(std::uint64_t offset) {
    return offset / kPage % kLocks;
  }
  [[gnu::always_inline]] inline void acquire(std::uint64_t index) {
    if (locks_[index].is_held.exchange(true, std::memory_order_acquire)) wait(index);
  }
  [[gnu::always_inline]] inline void release(std::uint64_t index) {
    locks_[index].is_held.store(false, std::memory_order_release);
  }

 private:
  struct alignas(64) Lock {
    std::atomic<bool> is_held{false};
  };

  // Who holds it may wait for a processor.
  [[gnu::noinline]] void wait(std::uint64_t index) {
    do {
      for (int spin = 0; locks_[index].is_held.load(std::memory_order_relaxed); ++spin)
        if (spin >= 100) std::this_thread::yield();
    } while (locks_[index].is_held.exchange(true, std::memory_order_acquire));
  }

  std::array<Lock, kLocks> locks_;
};

// The locks of the bytes that one access is about, until it asks for others or ends.
class PageGuard {
 public:
  // Null: blocks do not run side by side, nothing is locked.
  explicit PageGuard(PageLocks* locks) : locks_(locks) {}
  PageGuard(const PageGuard&) = delete;
  PageGuard& operator=(const PageGuard&) = delete;
  ~PageGuard() { release(); }

  // Offsets of the first and the last byte in global memory; at most a page apart.
  [[gnu::always_inline]] inline void hold(std::uint64_t first, std::uint64_t last) {
    if (locks_ == nullptr) return;
    // Everybody takes the lower one first.
    const std::uint64_t one = PageLocks::index(first), two = PageLocks::index(last);
    const std::uint64_t low = std::min(one, two), high = std::max(one, two);
    if (low == low_ && high == high_) return;
    release();
    locks_->acquire(low);
    if (high != low) locks_->acquire(high);
    low_ = low;
    high_ = high;
  }

 private:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  [[gnu::always_inline]] inline void release() {
    if (low_ == kNone) return;
    locks_->release(low_);
    if (high_ != low_) locks_->release(high_);
    low_ = kNone;
  }

  PageLocks* locks_;
  std::uint64_t low_ = kNone, high_ = kNone;
};

}  // namespace assay::emulator
