// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/memory/global_memory.hpp"

#include <map>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace assay::emulator {
namespace {

constexpr std::uint64_t kCapacity = std::uint64_t{1} << 24;

std::unique_ptr<GlobalMemory> memory_of(std::uint64_t capacity = kCapacity) {
  auto memory = GlobalMemory::create(capacity);
  EXPECT_TRUE(memory) << memory.error().message;
  return *std::move(memory);
}

ByteState state(GlobalMemory& memory, std::uint64_t address) {
  return static_cast<ByteState>(*memory.shadow(address));
}

TEST(GlobalMemory, AllocationsAreAlignedAndAtLeast256BytesApart) {
  const auto memory = memory_of();
  std::uint64_t last_end = kGlobalBase;
  for (const std::uint64_t bytes : {1u, 4u, 255u, 256u, 257u, 4096u, 100000u}) {
    const std::uint64_t address = memory->allocate(bytes, "a").value();
    EXPECT_EQ(address % 256, 0u);
    EXPECT_GE(address, last_end + 256) << bytes;
    last_end = address + bytes;
  }
}

TEST(GlobalMemory, BytesAroundAnAllocationAreNobodys) {
  const auto memory = memory_of();
  const std::uint64_t address = memory->allocate(100, "a").value();
  for (std::uint64_t b = 1; b <= 256; ++b) {
    EXPECT_EQ(state(*memory, address - b), ByteState::unaddressable);
    EXPECT_EQ(state(*memory, address + 99 + b), ByteState::unaddressable);
  }
  for (std::uint64_t b = 0; b < 100; ++b)
    EXPECT_EQ(state(*memory, address + b), ByteState::uninitialized);
}

TEST(GlobalMemory, WritingMarksExactlyTheBytesThatWereWritten) {
  const auto memory = memory_of();
  const std::uint64_t address = memory->allocate(16, "a").value();
  const std::uint32_t word = 0x12345678;
  ASSERT_TRUE(memory->write(address + 4, &word, 4));
  for (std::uint64_t b = 0; b < 16; ++b)
    EXPECT_EQ(state(*memory, address + b),
              b >= 4 && b < 8 ? ByteState::initialized : ByteState::uninitialized);
  std::uint32_t back = 0;
  ASSERT_TRUE(memory->read(address + 4, &back, 4));
  EXPECT_EQ(back, word);
}

TEST(GlobalMemory, CopyCarriesTheStateOfEachByte) {
  const auto memory = memory_of();
  const std::uint64_t a = memory->allocate(8, "a").value(), b = memory->allocate(8, "b").value();
  const std::uint64_t ones = ~std::uint64_t{0};
  ASSERT_TRUE(memory->write(a, &ones, 4));
  ASSERT_TRUE(memory->write(b, &ones, 8));
  ASSERT_TRUE(memory->copy(b, a, 8));
  EXPECT_EQ(state(*memory, b + 3), ByteState::initialized);
  EXPECT_EQ(state(*memory, b + 4), ByteState::uninitialized);
}

TEST(GlobalMemory, FillRepeatsThePatternToTheLastByte) {
  const auto memory = memory_of();
  const std::uint64_t a = memory->allocate(30, "a").value();
  const std::uint16_t pattern = 0xABCD;
  ASSERT_TRUE(memory->fill(a, 30, &pattern, 2));
  std::vector<std::uint16_t> back(15);
  ASSERT_TRUE(memory->read(a, back.data(), 30));
  EXPECT_EQ(back, std::vector<std::uint16_t>(15, pattern));
  EXPECT_FALSE(memory->fill(a, 29, &pattern, 2));
  EXPECT_FALSE(memory->fill(a, 32, &pattern, 2));
}

TEST(GlobalMemory, HostAccessesMustStayInOneLiveAllocation) {
  const auto memory = memory_of();
  const std::uint64_t a = memory->allocate(16, "a").value();
  char buffer[64] = {};
  EXPECT_FALSE(memory->read(a + 1, buffer, 16));
  EXPECT_FALSE(memory->write(a - 1, buffer, 2));
  EXPECT_FALSE(memory->read(a + 16, buffer, 1));
  EXPECT_FALSE(memory->read(a, buffer, ~std::uint64_t{0}));
  EXPECT_TRUE(memory->read(a + 16, buffer, 0));
  ASSERT_TRUE(memory->free(a));
  EXPECT_FALSE(memory->read(a, buffer, 1));
}

TEST(GlobalMemory, FreedMemoryIsNotGivenOutAgainWhileThereIsOther) {
  const auto memory = memory_of();
  const std::uint64_t first = memory->allocate(1000, "a").value();
  ASSERT_TRUE(memory->free(first));
  EXPECT_EQ(state(*memory, first), ByteState::unaddressable);
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t next = memory->allocate(1000, "b").value();
    EXPECT_NE(next, first);
    ASSERT_TRUE(memory->free(next));
  }
  EXPECT_NE(memory->describe(first + 8).find("a (1000 bytes, freed), at byte 8"), std::string::npos)
      << memory->describe(first + 8);
}

TEST(GlobalMemory, TheOldestFreedMemoryIsUsedWhenNothingElseIsLeft) {
  const auto memory = memory_of(1 << 20);
  std::vector<std::uint64_t> all;
  for (;;) {
    const auto next = memory->allocate(60000, "a");
    if (!next) break;
    all.push_back(*next);
  }
  ASSERT_GT(all.size(), 10u);
  ASSERT_TRUE(memory->free(all[3]));
  ASSERT_TRUE(memory->free(all[7]));
  const char secret[4] = {1, 2, 3, 4};
  EXPECT_FALSE(memory->write(all[3], secret, 4));
  EXPECT_EQ(memory->allocate(60000, "b").value(), all[3]);
  EXPECT_EQ(state(*memory, all[3]), ByteState::uninitialized);
  EXPECT_EQ(memory->allocate(60000, "c").value(), all[7]);
  EXPECT_FALSE(memory->allocate(60000, "d"));
}

TEST(GlobalMemory, FreedNeighboursJoin) {
  const auto memory = memory_of(1 << 20);
  std::vector<std::uint64_t> all;
  for (;;) {
    const auto next = memory->allocate(60000, "a");
    if (!next) break;
    all.push_back(*next);
  }
  for (const std::size_t i : {4u, 2u, 3u})
    ASSERT_TRUE(memory->free(all[i]));
  EXPECT_EQ(memory->allocate(180000, "b").value(), all[2]);
}

TEST(GlobalMemory, FreeNeedsTheStartOfALiveAllocation) {
  const auto memory = memory_of();
  const std::uint64_t a = memory->allocate(16, "a").value();
  EXPECT_FALSE(memory->free(a + 1));
  EXPECT_FALSE(memory->free(0));
  EXPECT_TRUE(memory->free(a));
  EXPECT_FALSE(memory->free(a));
  EXPECT_EQ(memory->used_bytes(), 0u);
}

TEST(GlobalMemory, ZeroAndTooManyBytesAreErrors) {
  const auto memory = memory_of();
  EXPECT_FALSE(memory->allocate(0, "a"));
  EXPECT_FALSE(memory->allocate(kCapacity, "a"));
  EXPECT_FALSE(memory->allocate(~std::uint64_t{0}, "a"));
  EXPECT_TRUE(memory->allocate(kCapacity / 2, "a"));
}

TEST(GlobalMemory, DescriptionsNameTheNearestAllocation) {
  const auto memory = memory_of();
  const std::uint64_t a = memory->allocate(1024, "device allocation #1").value();
  EXPECT_EQ(memory->describe(a + 1028), "device allocation #1 (1024 bytes), 4 bytes past its end");
  EXPECT_EQ(memory->describe(a - 4), "device allocation #1 (1024 bytes), 4 bytes before its start");
  EXPECT_EQ(memory->describe(a + 5), "device allocation #1 (1024 bytes), at byte 5");
  const std::uint64_t b = memory->allocate(8, "b").value();
  EXPECT_EQ(memory->find(b - 1)->name, "b");
  EXPECT_EQ(memory->find(a + 1024)->name, "device allocation #1");
}

TEST(GlobalMemory, ConstantsAreConstantsWhateverTheHostWrites) {
  const auto memory = memory_of();
  const std::uint64_t a = memory->allocate(8, "table", true).value();
  EXPECT_EQ(state(*memory, a), ByteState::uninitialized_constant);
  const std::uint64_t value = 7;
  ASSERT_TRUE(memory->write(a, &value, 8));
  EXPECT_EQ(state(*memory, a), ByteState::constant);
  ASSERT_TRUE(memory->write(a, &value, 4));
  EXPECT_EQ(state(*memory, a), ByteState::constant);
  const std::uint64_t b = memory->allocate(8, "buffer").value();
  ASSERT_TRUE(memory->copy(b, a, 8));
  EXPECT_EQ(state(*memory, b), ByteState::initialized);
}

// A model: which byte belongs to which live allocation, from the addresses alone.
TEST(GlobalMemory, RandomAllocationsNeverOverlapAndShadowsAgreeWithAModel) {
  const auto memory = memory_of(1 << 20);
  std::mt19937_64 random(1);
  std::map<std::uint64_t, std::uint64_t> live;  // address, bytes
  for (int step = 0; step < 3000; ++step) {
    if (live.size() > 20 || (!live.empty() && random() % 3 == 0)) {
      auto victim = live.begin();
      std::advance(victim, static_cast<std::ptrdiff_t>(random() % live.size()));
      ASSERT_TRUE(memory->free(victim->first));
      live.erase(victim);
    } else {
      const std::uint64_t bytes = 1 + random() % (random() % 8 == 0 ? 40000 : 700);
      const auto address = memory->allocate(bytes, "a");
      if (!address) continue;
      const auto after = live.upper_bound(*address);
      if (after != live.end()) {
        ASSERT_LE(*address + bytes + 256, after->first);
      }
      if (after != live.begin()) {
        ASSERT_GE(*address, std::prev(after)->first + std::prev(after)->second + 256);
      }
      live[*address] = bytes;
    }
    const std::uint64_t address = kGlobalBase + random() % (1 << 20);
    if (!memory->in_range(address, 1)) continue;
    auto after = live.upper_bound(address);
    const bool is_live =
        after != live.begin() && address < std::prev(after)->first + std::prev(after)->second;
    ASSERT_EQ(state(*memory, address) != ByteState::unaddressable, is_live) << step;
    ASSERT_EQ(memory->contains(address, 1), is_live);
  }
}

TEST(GlobalMemory, RangesThatWrapAroundAreNotInRange) {
  const auto memory = memory_of();
  memory->allocate(1 << 20, "a").value();
  EXPECT_TRUE(memory->in_range(kGlobalBase, 1));
  EXPECT_FALSE(memory->in_range(kGlobalBase - 1, 1));
  EXPECT_FALSE(memory->in_range(kGlobalBase, ~std::uint64_t{0}));
  EXPECT_FALSE(memory->in_range(~std::uint64_t{0}, 2));
  EXPECT_FALSE(memory->in_range(~std::uint64_t{0} - 3, 16));
  EXPECT_FALSE(memory->in_range(0, 1));
}

TEST(GlobalMemory, SeveralThreadsAllocateAndFree) {
  const auto memory = memory_of();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&memory] {
      for (int i = 0; i < 200; ++i) {
        const std::uint64_t a = memory->allocate(64, "a").value();
        const int value = i;
        EXPECT_TRUE(memory->write(a, &value, 4));
        EXPECT_TRUE(memory->free(a));
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(memory->used_bytes(), 0u);
}

}  // namespace
}  // namespace assay::emulator
