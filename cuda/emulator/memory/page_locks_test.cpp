// SPDX-License-Identifier: Apache-2.0
// Two threads change what no atomic protects, under the locks of its pages; a lost update shows in
// the count.
#include "cuda/emulator/memory/page_locks.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace assay::emulator {
namespace {

constexpr std::uint64_t kPage = PageLocks::kPage, kAll = kPage * PageLocks::kLocks;

struct Span {
  std::uint64_t first, last;
};

// Each thread counts `rounds` times under the locks of its span.
int count(PageLocks* locks, Span one, Span two, int rounds) {
  int counter = 0;
  const auto work = [&](Span span) {
    PageGuard guard(locks);
    for (int round = 0; round < rounds; ++round) {
      guard.hold(span.first, span.first);
      guard.hold(span.first, span.last);
      const int now = *const_cast<volatile int*>(&counter);
      if (round % 1000 == 0) std::this_thread::yield();  // while it is held
      counter = now + 1;
      guard.hold(span.first + 7 * kPage, span.last + 7 * kPage);  // lets the span go
    }
  };
  std::thread other(work, two);
  work(one);
  other.join();
  return counter;
}

TEST(PageLocks, SpansThatShareAPageTakeTurns) {
  constexpr int kRounds = 100000;
  PageLocks locks;
  const Span across{kPage - 4, kPage + 3};
  EXPECT_EQ(count(&locks, {0, 3}, {0, 3}, kRounds), 2 * kRounds);
  EXPECT_EQ(count(&locks, {kPage - 4, kPage - 1}, across, kRounds), 2 * kRounds);
  EXPECT_EQ(count(&locks, across, {kPage, 2 * kPage - 1}, kRounds), 2 * kRounds);
}

// An access across the page where the sequence of locks begins anew.
TEST(PageLocks, TheFirstLockFollowsTheLast) {
  constexpr int kRounds = 100000;
  PageLocks locks;
  const Span around{kAll - 4, kAll + 3};
  EXPECT_EQ(count(&locks, around, around, kRounds), 2 * kRounds);
  EXPECT_EQ(count(&locks, around, {0, 3}, kRounds), 2 * kRounds);
  EXPECT_EQ(count(&locks, {kAll - 8, kAll - 1}, around, kRounds), 2 * kRounds);
}

TEST(PageLocks, WithoutThemNothingIsHeld) {
  PageGuard one(nullptr), two(nullptr);
  one.hold(0, 3);
  two.hold(0, 3);
}

}  // namespace
}  // namespace assay::emulator
