// SPDX-License-Identifier: Apache-2.0
// Race patterns driven directly through the clocks and words of a block.
#include "cuda/emulator/memory/race_check.hpp"

#include <numeric>

#include <gtest/gtest.h>

#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint32_t kThreads = 128, kWarps = kThreads / kLanes;

// Accesses of single threads; each returns whether it conflicts with an earlier one.
class Block {
 public:
  Block() : memory_(4096, kThreads) {}

  bool read(std::uint32_t thread, std::uint32_t offset = 0, std::uint32_t bytes = 4,
            bool is_atomic = false) {
    return touch(thread, offset, bytes,
                 [&](const RaceView& view, int lane, Word mask, const ShadowWords& words) {
                   const auto conflict = check_read(view, lane, mask, is_atomic, words);
                   note_read(view, lane, mask, is_atomic ? kAtomicFlag : 0, words);
                   return conflict;
                 });
  }

  bool write(std::uint32_t thread, std::uint32_t offset = 0, std::uint32_t bytes = 4,
             bool is_atomic = false, bool is_silent = false) {
    return touch(thread, offset, bytes,
                 [&](const RaceView& view, int lane, Word mask, const ShadowWords& words) {
                   const auto conflict = check_write(view, lane, mask, is_atomic, is_silent, words);
                   const bool is_same = conflict && conflict->is_same_value;
                   note_write(view, lane, mask,
                              (is_atomic ? kAtomicFlag : 0) | (is_same ? kTogetherFlag : 0), words);
                   return is_same ? std::nullopt : conflict;
                 });
  }

  void barrier() { clocks().barrier(all(), all()); }
  RaceClocks& clocks() { return memory_.clocks(); }
  Conflict last;

  static std::vector<Mask> all() { return std::vector<Mask>(kWarps, kAllLanes); }

 private:
  template <typename F>
  bool touch(std::uint32_t thread, std::uint32_t offset, std::uint32_t bytes, F&& f) {
    const RaceView view = race_view(clocks(), thread / kLanes, 7, false, true);
    bool conflicts = false;
    for (std::uint32_t b = 0; b < bytes;) {
      const std::uint32_t at = kSharedStart + offset + b;
      const std::uint32_t count = std::min(bytes - b, kGranule - at % kGranule);
      const Word mask = ((Word{1} << count) - 1) << (at % kGranule);
      const auto conflict = f(view, static_cast<int>(thread % kLanes), mask, memory_.words(at));
      if (conflict) last = *conflict;
      conflicts |= conflict.has_value();
      b += count;
    }
    return conflicts;
  }

  SharedMemory memory_;
};

TEST(RaceCheck, ReadOfAnotherThreadsWriteNeedsABarrier) {
  Block block;
  EXPECT_FALSE(block.write(0));
  EXPECT_TRUE(block.read(40));
  EXPECT_EQ(thread_of(block.last.word), 0u);
  EXPECT_TRUE(block.last.has_written);
  block.barrier();
  EXPECT_FALSE(block.read(40));
}

TEST(RaceCheck, WriteAfterAnotherThreadsReadNeedsABarrier) {
  Block block;
  block.write(0);
  block.barrier();
  EXPECT_FALSE(block.read(40));
  EXPECT_TRUE(block.write(3));
  EXPECT_EQ(thread_of(block.last.word), 40u);
  EXPECT_FALSE(block.last.has_written);
  block.barrier();
  EXPECT_FALSE(block.write(3));
}

TEST(RaceCheck, OwnAccessesAreInOrder) {
  Block block;
  EXPECT_FALSE(block.write(5));
  EXPECT_FALSE(block.read(5));
  EXPECT_FALSE(block.write(5));
}

TEST(RaceCheck, EachOfManyReadersIsRemembered) {
  for (std::uint32_t unsynced = 1; unsynced < kWarps; ++unsynced) {
    Block block;
    block.write(0);
    block.barrier();
    for (std::uint32_t warp = 1; warp < kWarps; ++warp) {
      EXPECT_FALSE(block.read(warp * kLanes));
      if (warp != unsynced) block.clocks().release(warp, 8);
    }
    block.clocks().acquire(0, 8);
    EXPECT_TRUE(block.write(0)) << unsynced;
    EXPECT_EQ(warp_of(block.last.word), unsynced);
  }
}

TEST(RaceCheck, ProducerMayWriteOnceAllConsumersHaveArrived) {
  Block block;
  constexpr std::uint64_t kFull = 8, kEmpty = 16;
  for (int stage = 0; stage < 5; ++stage) {
    EXPECT_FALSE(block.write(0)) << stage;
    block.clocks().release(0, kFull);
    for (std::uint32_t warp = 1; warp < kWarps; ++warp) {
      block.clocks().acquire(warp, kFull);
      EXPECT_FALSE(block.read(warp * kLanes + 3)) << stage;
      block.clocks().release(warp, kEmpty);
    }
    block.clocks().acquire(0, kEmpty);
  }
}

TEST(RaceCheck, ResetForgetsWhatAnObjectKnew) {
  Block block;
  block.write(0);
  block.clocks().release(0, 8);
  block.clocks().reset(8);
  block.clocks().acquire(1, 8);
  EXPECT_TRUE(block.read(kLanes));
}

TEST(RaceCheck, WhatFollowsAReleaseIsNotReleased) {
  Block block;
  block.clocks().release(0, 8);
  block.write(0);
  block.clocks().acquire(1, 8);
  EXPECT_TRUE(block.read(kLanes));
}

TEST(RaceCheck, BarrierOfSomeWarpsOrdersOnlyThem) {
  Block block;
  block.write(0);
  const std::vector<Mask> some{kAllLanes, kAllLanes, 0, 0};
  block.clocks().barrier(some, some);
  EXPECT_FALSE(block.read(kLanes));
  EXPECT_TRUE(block.read(2 * kLanes));
}

TEST(RaceCheck, ArrivingReleasesButDoesNotAcquire) {
  Block block;
  block.write(0, 0);
  block.write(kLanes, 4);
  block.clocks().barrier({kAllLanes, kAllLanes, 0, 0}, {0, kAllLanes, 0, 0});
  EXPECT_FALSE(block.read(kLanes, 0));
  EXPECT_TRUE(block.read(0, 4));
}

TEST(RaceCheck, LanesOfAWarpNeedASyncToo) {
  Block block;
  block.write(0);
  EXPECT_TRUE(block.read(1));
  block.clocks().warp_sync(0, kAllLanes);
  EXPECT_FALSE(block.read(1));
  EXPECT_TRUE(block.read(kLanes));
}

TEST(RaceCheck, SyncOfSomeLanesOrdersOnlyThem) {
  Block block;
  block.write(0);
  block.clocks().warp_sync(0, 0xFF);
  EXPECT_FALSE(block.read(7));
  EXPECT_TRUE(block.read(8));
}

TEST(RaceCheck, SyncsOfOverlappingLanesAreTransitive) {
  Block block;
  block.write(0);
  block.clocks().warp_sync(0, 0x3);
  block.clocks().warp_sync(0, 0x6);
  EXPECT_FALSE(block.read(2));
  EXPECT_TRUE(block.read(3));
}

TEST(RaceCheck, ALaneMayNotWriteWhatTheWholeWarpReads) {
  Block block;
  block.write(0);
  block.barrier();
  for (std::uint32_t thread = 0; thread < kLanes; ++thread)
    EXPECT_FALSE(block.read(thread));
  EXPECT_TRUE(block.write(0));
  block.clocks().warp_sync(0, kAllLanes);
  EXPECT_FALSE(block.write(0));
}

TEST(RaceCheck, BytesOfOneWordBelongToDifferentThreads) {
  Block block;
  for (std::uint32_t thread = 0; thread < 4; ++thread) {
    EXPECT_FALSE(block.write(thread, thread, 1));
    EXPECT_FALSE(block.read(thread, thread, 1));
    EXPECT_FALSE(block.write(thread, thread, 1));
  }
  EXPECT_TRUE(block.read(kLanes, 2, 1));
}

TEST(RaceCheck, HalvesOfOneWordBelongToDifferentWarps) {
  Block block;
  for (int round = 0; round < 3; ++round) {
    EXPECT_FALSE(block.write(0, 0, 2));
    EXPECT_FALSE(block.write(kLanes, 2, 2));
    EXPECT_FALSE(block.read(0, 0, 2));
    EXPECT_FALSE(block.read(kLanes, 2, 2));
  }
}

TEST(RaceCheck, WideAccessesConflictInAnyOfTheirBytes) {
  Block block;
  block.write(0, 12, 4);
  EXPECT_TRUE(block.read(kLanes, 0, 16));
  EXPECT_FALSE(block.read(kLanes, 0, 12));
  EXPECT_FALSE(block.read(kLanes, 16, 16));
}

TEST(RaceCheck, AtomicsConflictWithPlainAccessesOnly) {
  Block block;
  EXPECT_FALSE(block.write(0, 0, 4, true));
  EXPECT_FALSE(block.write(kLanes, 0, 4, true));
  EXPECT_FALSE(block.read(2 * kLanes, 0, 4, true));
  EXPECT_TRUE(block.read(3 * kLanes));
  block.barrier();
  EXPECT_FALSE(block.read(3 * kLanes));
  EXPECT_TRUE(block.write(0, 0, 4, true));
}

TEST(RaceCheck, PlainInitializationBeforeAtomicsNeedsABarrier) {
  Block block;
  block.write(0);
  EXPECT_TRUE(block.write(kLanes, 0, 4, true));
}

TEST(RaceCheck, AVolatileReadDoesNotHideAPlainOne) {
  Block block;
  block.write(0);
  block.barrier();
  block.read(kLanes);
  block.read(2 * kLanes, 0, 4, true);
  EXPECT_TRUE(block.write(0, 0, 4, true));
  EXPECT_EQ(warp_of(block.last.word), 1u);
}

TEST(RaceCheck, WritesOfTheSameValueAreHarmless) {
  Block block;
  EXPECT_FALSE(block.write(0));
  EXPECT_FALSE(block.write(1, 0, 4, false, true));
  EXPECT_FALSE(block.write(kLanes, 0, 4, false, true));
  EXPECT_FALSE(block.read(5));
  EXPECT_TRUE(block.write(2 * kLanes));
}

// spin: while (atomicCAS(&lock, 0, 1)); fence; ...; fence; atomicExch(&lock, 0).
TEST(RaceCheck, ALockOfRelaxedAtomicsAndFencesOrders) {
  Block block;
  constexpr std::uint64_t kLock = 0x1000;
  for (std::uint32_t warp = 0; warp < kWarps; ++warp) {
    block.clocks().atomic_read(warp, kLock, false);
    block.clocks().atomic_write(warp, kLock, false);
    block.clocks().fence(warp);
    EXPECT_FALSE(block.read(warp * kLanes)) << warp;
    EXPECT_FALSE(block.write(warp * kLanes)) << warp;
    block.clocks().fence(warp);
    block.clocks().atomic_read(warp, kLock, false);
    block.clocks().atomic_write(warp, kLock, false);
  }
}

TEST(RaceCheck, ALockWithoutFencesOrdersNothing) {
  for (const bool first : {false, true}) {
    Block block;
    block.write(0);
    if (first) block.clocks().fence(0);
    block.clocks().atomic_write(0, 0x1000, false);
    block.clocks().atomic_read(1, 0x1000, false);
    if (!first) block.clocks().fence(1);
    EXPECT_TRUE(block.read(kLanes));
  }
}

TEST(RaceCheck, ReleaseAndAcquireOfAFlagOrder) {
  Block block;
  block.write(0);
  block.clocks().atomic_write(0, 0x1000, true);
  block.write(0, 4);
  block.clocks().atomic_read(1, 0x1000, true);
  EXPECT_FALSE(block.read(kLanes));
  EXPECT_TRUE(block.read(kLanes, 4));
}

TEST(RaceCheck, OrderIsTransitive) {
  Block block;
  block.write(0);
  block.clocks().release(0, 8);
  block.clocks().acquire(1, 8);
  block.clocks().release(1, 16);
  block.clocks().acquire(2, 16);
  EXPECT_FALSE(block.read(2 * kLanes));
}

TEST(RaceCheck, PingPongAcrossBarriersIsClean) {
  Block block;
  for (int round = 0; round < 100; ++round) {
    for (std::uint32_t thread = 0; thread < kThreads; ++thread)
      EXPECT_FALSE(block.write(thread, thread * 4));
    block.barrier();
    for (std::uint32_t thread = 0; thread < kThreads; ++thread)
      EXPECT_FALSE(block.read(thread, (thread * 37 + 11) % kThreads * 4));
    block.barrier();
  }
}

TEST(RaceCheck, TicksThatRunOutForgetAndGoOn) {
  SharedMemory memory(64, 64);
  RaceClocks& clocks = memory.clocks();
  Tick last = clocks.now();
  bool has_wrapped = false;
  for (Tick i = 0; i < kLastTick + 100 && !has_wrapped; ++i) {
    clocks.release(0, 8);
    has_wrapped = clocks.now() < last;
    last = clocks.now();
  }
  EXPECT_TRUE(has_wrapped);
  const RaceView writer = race_view(clocks, 0, 1, false, true);
  EXPECT_FALSE(check_write(writer, 0, kByteBits, false, false, memory.words(kSharedStart)));
  note_write(writer, 0, kByteBits, 0, memory.words(kSharedStart));
  EXPECT_TRUE(check_read(race_view(clocks, 1, 1, false, true), 0, kByteBits, false,
                         memory.words(kSharedStart)));
}

}  // namespace
}  // namespace assay::emulator
