// SPDX-License-Identifier: Apache-2.0
// Whole-warp kernels against the rules for single granules, on random words, states and addresses.
#include "cuda/emulator/memory/warp_kernels.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/memory/race_notes.hpp"

namespace assay::emulator {
namespace {

constexpr std::size_t kBytes = 4096, kGranules = kBytes / kGranule;
constexpr std::uint64_t kBegin = 0x10000;
constexpr Tick kNow = 1000, kLimit = 990, kOldest = 500;

struct Memory {
  std::vector<std::byte> data = std::vector<std::byte>(kBytes);
  std::vector<std::uint8_t> shadow = std::vector<std::uint8_t>(kBytes, 3);
  std::vector<Word> writer = std::vector<Word>(kGranules), reader = writer, other = writer;
};

RaceView view_of(bool is_global) {
  RaceView view;
  view.warp = 2;
  view.is_global = is_global;
  view.first = shadow_word(kNow, 77, 64, 0);
  view.limit = Word{kLimit} << kTickShift;
  view.oldest = Word{kOldest} << kTickShift;
  return view;
}

Region region_of(Memory& memory, bool is_global, bool is_watched, std::uint64_t size = kBytes) {
  Region region{kBegin, size, memory.data.data(), memory.shadow.data(), {}, view_of(is_global)};
  if (is_watched) region.words = {memory.writer.data(), memory.reader.data(), memory.other.data()};
  return region;
}

// Mostly old words; some of this warp at this moment, some of others.
Word random_word(std::mt19937_64& random) {
  const Word bytes = random() % 4 == 0 ? 1 + random() % 15 : 15;
  const Word flags = random() % 8 == 0 ? (random() % 8) << 4 : 0;
  const auto thread = static_cast<std::uint32_t>(random() % 1024);
  switch (random() % 24) {
    case 0:
      return shadow_word(kNow, 5, 64 + thread % 32, bytes, flags);
    case 1:
      return shadow_word(static_cast<Tick>(kLimit + random() % 20), 5, thread, bytes, flags);
    case 2:
      return 0;
    default:
      return shadow_word(static_cast<Tick>(random() % kOldest), 5, thread, bytes, flags);
  }
}

Word random_set(std::mt19937_64& random) {
  const Tick tick = random() % 8 == 0 ? static_cast<Tick>(kLimit + random() % 10)
                                      : static_cast<Tick>(random() % kLimit);
  return Word{tick} << kTickShift | (random() & kWarpSetBits) | random() % 16;
}

void scramble(Memory& memory, bool is_global, std::mt19937_64& random) {
  for (std::byte& byte : memory.data)
    byte = static_cast<std::byte>(random());
  const bool has_holes = random() % 2 == 0;
  for (std::uint8_t& state : memory.shadow)
    state = has_holes && random() % 200 == 0 ? static_cast<std::uint8_t>(random() % 3) : 3;
  for (std::size_t g = 0; g < kGranules; ++g) {
    memory.writer[g] = random_word(random);
    memory.reader[g] = random_word(random);
    memory.other[g] = is_global ? random_word(random) : random_set(random);
  }
}

// One lane by the rules; false: it needs a closer look.
bool load_by_rules(Memory& memory, const RaceView& view, std::uint64_t offset, std::uint32_t bytes,
                   int lane, bool is_watched) {
  for (std::uint32_t b = 0; b < bytes; ++b)
    if ((memory.shadow[offset + b] & kMayRead) == 0) return false;
  if (!is_watched) return true;
  const std::size_t first = offset / kGranule, count = bytes / kGranule;
  const Word mine = view.word(lane, kByteBits, 0);
  for (std::size_t g = first; g < first + count; ++g)
    if (!(view.is_global ? is_clear<true>(view, memory.writer[g], mine)
                         : is_clear<false>(view, memory.writer[g], mine)))
      return false;
  for (std::size_t g = first; g < first + count; ++g)
    note_read(view, lane, kByteBits, 0, {&memory.writer[g], &memory.reader[g], &memory.other[g]});
  return true;
}

bool store_by_rules(Memory& memory, const RaceView& view, std::uint64_t offset, std::uint32_t bytes,
                    int lane, bool is_watched) {
  for (std::uint32_t b = 0; b < bytes; ++b)
    if ((memory.shadow[offset + b] & kMayWrite) == 0) return false;
  const std::size_t first = offset / kGranule, count = bytes / kGranule;
  const Word mine = view.word(lane, kByteBits, 0);
  for (std::size_t g = first; is_watched && g < first + count; ++g) {
    const bool is_ordered = view.is_global ? is_clear<true>(view, memory.writer[g], mine) &&
                                                 is_clear<true>(view, memory.reader[g], mine) &&
                                                 is_clear<true>(view, memory.other[g], mine)
                                           : is_clear<false>(view, memory.writer[g], mine) &&
                                                 is_clear<false>(view, memory.reader[g], mine) &&
                                                 is_set_clear(view, memory.other[g]);
    if (!is_ordered) return false;
  }
  for (std::size_t g = first; is_watched && g < first + count; ++g)
    note_write(view, lane, kByteBits, 0, {&memory.writer[g], &memory.reader[g], &memory.other[g]});
  return true;
}

// Addresses of lanes that do not overlap: dense, strided, shuffled, or in runs.
std::vector<std::uint64_t> addresses_of(std::uint32_t bytes, std::mt19937_64& random) {
  std::vector<std::uint64_t> slots(kBytes / bytes);
  std::iota(slots.begin(), slots.end(), 0);
  const std::uint64_t kind = random() % 4;
  if (kind == 0) std::shuffle(slots.begin(), slots.end(), random);
  const std::uint64_t start = kind == 0 ? 0 : random() % (slots.size() - 63);
  std::vector<std::uint64_t> addresses(kLanes);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const std::uint64_t slot = kind == 1 ? 2 * lane : kind == 2 ? lane + lane / 8 * 4 : lane;
    addresses[lane] = kBegin + slots[start + slot] * bytes;
  }
  return addresses;
}

std::string first_difference(const std::vector<Word>& got, const std::vector<Word>& wanted) {
  const auto [a, b] = std::ranges::mismatch(got, wanted);
  return a == got.end() ? "" : fmt::format("word {}: {:#x}, not {:#x}", a - got.begin(), *a, *b);
}

TEST(WarpKernels, ServeLanesAsTheRulesSay) {
  std::mt19937_64 random(3);
  std::size_t served = 0, refused = 0;
  for (int round = 0; round < 20000 && !testing::Test::HasFailure(); ++round) {
    const bool is_global = random() % 2 == 0, is_watched = random() % 4 != 0;
    const bool loads = random() % 2 == 0;
    const std::uint32_t bytes = 4u << random() % 3;
    const Mask active = random() % 2 == 0 ? kAllLanes : static_cast<Mask>(random()) | 1u;
    Memory memory;
    scramble(memory, is_global, random);
    Memory expected = memory;
    const std::vector<std::uint64_t> addresses = addresses_of(bytes, random);
    std::vector<std::byte> data(kLanes * bytes, std::byte{0xEE}), got = data;
    if (!loads)
      for (std::byte& byte : data)
        byte = static_cast<std::byte>(random());
    const Region region = region_of(memory, is_global, is_watched);
    const WarpRequest request{active, bytes, bytes, addresses.data()};
    if (!loads) got = data;
    const Mask left = loads ? warp_kernels().load(region, request, got.data())
                            : warp_kernels().store(region, request, got.data());
    for (int lane = 0; lane < kLanes; ++lane) {
      if ((active >> lane & 1) == 0) continue;
      const std::uint64_t offset = addresses[static_cast<std::size_t>(lane)] - kBegin;
      std::byte* const mine = data.data() + static_cast<std::size_t>(lane) * bytes;
      const bool is_served =
          loads ? load_by_rules(expected, region.view, offset, bytes, lane, is_watched)
                : store_by_rules(expected, region.view, offset, bytes, lane, is_watched);
      EXPECT_EQ((left >> lane & 1) == 0, is_served) << round << " lane " << lane;
      ++(is_served ? served : refused);
      if (!is_served) continue;
      if (loads) {
        std::memcpy(mine, &expected.data[offset], bytes);
      } else {
        std::memcpy(&expected.data[offset], mine, bytes);
        std::memset(&expected.shadow[offset], 3, bytes);
      }
    }
    EXPECT_EQ(memory.data, expected.data) << round;
    EXPECT_EQ(memory.shadow, expected.shadow) << round;
    EXPECT_TRUE(memory.writer == expected.writer)
        << first_difference(memory.writer, expected.writer);
    EXPECT_TRUE(memory.reader == expected.reader)
        << first_difference(memory.reader, expected.reader);
    EXPECT_TRUE(memory.other == expected.other) << first_difference(memory.other, expected.other);
    EXPECT_EQ(got, data) << round;
  }
  EXPECT_GT(served, 100000u);
  EXPECT_GT(refused, 20000u);
}

TEST(WarpKernels, NothingBeyondTheRegionIsTouched) {
  for (const std::uint32_t bytes : {4u, 8u, 16u}) {
    Memory memory;
    const Memory before = memory;
    std::vector<std::uint64_t> addresses(kLanes);
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      addresses[lane] = kBegin + lane * bytes;
    std::vector<std::byte> data(kLanes * bytes, std::byte{1});
    const Region region = region_of(memory, false, true, kLanes * bytes - 1);
    const WarpRequest request{kAllLanes, bytes, bytes, addresses.data()};
    EXPECT_NE(warp_kernels().store(region, request, data.data()) >> 31, 0u);
    EXPECT_TRUE(std::equal(memory.data.begin() + static_cast<std::ptrdiff_t>(31 * bytes),
                           memory.data.end(),
                           before.data.begin() + static_cast<std::ptrdiff_t>(31 * bytes)));
    addresses.assign(kLanes, kBegin - bytes);
    EXPECT_EQ(warp_kernels().load(region, request, data.data()), kAllLanes);
    addresses.assign(kLanes, ~std::uint64_t{0} - bytes + 1);
    EXPECT_EQ(warp_kernels().load(region, request, data.data()), kAllLanes);
  }
}

}  // namespace
}  // namespace assay::emulator
