// SPDX-License-Identifier: Apache-2.0
// Plans against brute force: the tiles of a routing are counted as moe_routing.cu makes them,
// arrays are laid side by side and looked at, sizes are recomputed in 128 bits.
#include "cuda/backend/moe_plan.hpp"

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "cuda/kernels/moe_parameters.hpp"
#include "cuda/kernels/projection_shape.hpp"

namespace assay::cuda {
namespace {

constexpr std::int64_t kGridY = 65535;        // CUDA: the largest grid along y
constexpr std::int64_t kGridX = 2147483647;   // and along x
constexpr unsigned kSharedOfSm = 228 * 1024;  // compute capability 10.x and 11.x
constexpr unsigned kSharedReserved = 1024;    // of each block, by the system

__extension__ using Wide = __int128;

Wide padded(std::int64_t columns) {
  return (Wide{columns} + 63) / 64 * 64;
}

struct Array {
  std::size_t begin;
  Wide bytes;
};

std::vector<Array> arrays_of(const MoeExtents& extents, std::int64_t tokens, const MoePlan& plan) {
  const Wide slots = Wide{tokens} * extents.top_k;
  const MoeWorkspace& at = plan.workspace;
  return {{at.hidden_q, tokens * padded(extents.hidden_size)},
          {at.mul_q, slots * padded(extents.intermediate_size)},
          {at.down, slots * extents.hidden_size * 4},
          {at.grouped, slots * 4},
          {at.tiles, Wide{plan.max_tiles} * sizeof(MoeTile)},
          {at.tile_count, 4}};
}

void expect_sound(const MoeExtents& extents, std::int64_t tokens) {
  const auto plan = plan_moe(extents, tokens);
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(Wide{plan->slots}, Wide{tokens} * extents.top_k);
  auto arrays = arrays_of(extents, tokens, *plan);
  std::ranges::sort(arrays, {}, &Array::begin);
  Wide end = 0;
  for (const Array& array : arrays) {
    ASSERT_EQ(array.begin % 256, 0u);
    ASSERT_GE(Wide{array.begin}, end) << "arrays overlap";
    end = array.begin + array.bytes;
  }
  ASSERT_GE(Wide{plan->workspace.bytes}, end);
  ASSERT_LT(Wide{plan->workspace.bytes}, end + 256 * 6) << "more than padding";
  ASSERT_LE(plan->max_tiles, kGridY);
  ASSERT_LE(tokens, kGridX);
  ASSERT_EQ(plan->gate_up_blocks, padded(extents.intermediate_size) / kBlockRows);
  ASSERT_EQ(plan->down_blocks, (extents.hidden_size + kBlockRows - 1) / kBlockRows);
}

// Tiles that moe_route lists for counts of slots per expert.
std::int64_t tiles_of(const std::vector<std::int64_t>& counts, std::int64_t tile_slots) {
  std::int64_t tiles = 0;
  for (const std::int64_t count : counts)
    tiles += (count + tile_slots - 1) / tile_slots;
  return tiles;
}

TEST(MoePlan, SmallExtentsExhaustively) {
  for (const std::int64_t hidden : {16, 32, 48, 64, 80, 128, 144})
    for (const std::int64_t intermediate : {16, 48, 64, 80, 256})
      for (std::int64_t experts = 1; experts <= 9; ++experts)
        for (std::int64_t top_k = 1; top_k <= 5; ++top_k)
          for (std::int64_t tokens = 1; tokens <= 40; ++tokens)
            ASSERT_NO_FATAL_FAILURE(expect_sound({hidden, intermediate, experts, top_k}, tokens));
}

TEST(MoePlan, LargestExtents) {
  for (const std::int64_t experts : {std::int64_t{1}, kMaxExperts})
    for (const std::int64_t top_k : {std::int64_t{1}, std::int64_t{7}, kMaxExperts}) {
      const MoeExtents extents{kMaxExtent, experts == 1 ? kMaxExtent : 128, experts, top_k};
      const std::int64_t most = max_tokens(extents);
      EXPECT_GE(most, 448);
      for (const std::int64_t tokens : {std::int64_t{1}, std::int64_t{8}, std::int64_t{9},
                                        std::int64_t{16}, std::int64_t{17}, most})
        ASSERT_NO_FATAL_FAILURE(expect_sound(extents, tokens));
    }
}

TEST(MoePlan, OneTokenMoreThanTheMostWouldNotFitTheGrid) {
  for (const std::int64_t experts : {1, 2, 100, 8192})
    for (const std::int64_t top_k : {1, 3, 64, 8192}) {
      const MoeExtents extents{64, 64, experts, top_k};
      const std::int64_t most = max_tokens(extents), tile = kTileSlots[2];
      // The worst routing: one slot for each expert but the first, which takes the rest.
      const auto worst = [&](std::int64_t tokens) {
        std::vector<std::int64_t> counts(static_cast<std::size_t>(experts), 1);
        counts[0] = tokens * top_k - (experts - 1);
        return tiles_of(counts, tile);
      };
      EXPECT_LE(worst(most), kGridY);
      EXPECT_GT(worst(most + 1), kGridY);
      EXPECT_TRUE(plan_moe(extents, most));
      EXPECT_FALSE(plan_moe(extents, most + 1));
    }
}

// All ways to give the slots to the experts, and that the bound is reached by one of them.
TEST(MoePlan, TheTileBoundIsTheMostOfAllRoutings) {
  for (const std::int64_t experts : {1, 2, 3})
    for (const std::int64_t tokens : {1, 2, 5, 8, 9, 12, 16, 17, 33, 70}) {
      const auto plan = plan_moe({64, 64, experts, 2}, tokens);
      ASSERT_TRUE(plan);
      std::int64_t most = 0;
      for (std::int64_t a = 0; a <= plan->slots; ++a)
        for (std::int64_t b = 0; b <= (experts > 1 ? plan->slots - a : 0); ++b) {
          const std::int64_t rest = plan->slots - a - b;
          if (experts < 3 && b + a != plan->slots && experts > 1) continue;
          std::vector<std::int64_t> counts{a, b, rest};
          if (experts == 1) counts = {plan->slots};
          most = std::max(most, tiles_of(counts, plan->tile_slots));
        }
      EXPECT_EQ(plan->max_tiles, most) << experts << " experts, " << tokens << " tokens";
    }
}

TEST(MoePlan, TheTileBoundHoldsForRandomRoutings) {
  std::mt19937_64 random(7);
  const auto up_to = [&](std::int64_t most) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most)) + 1;
  };
  for (int round = 0; round < 3000; ++round) {
    const MoeExtents extents{64, 64, up_to(300), up_to(12)};
    const std::int64_t tokens = up_to(round % 2 == 0 ? 24 : 400);
    const auto plan = plan_moe(extents, tokens);
    ASSERT_TRUE(plan);
    const std::int64_t used = up_to(extents.num_experts);  // few experts or many
    std::vector<std::int64_t> counts(static_cast<std::size_t>(extents.num_experts));
    for (std::int64_t slot = 0; slot < plan->slots; ++slot)
      if (random() % 50 != 0)  // some ids are out of range, and left out
        ++counts[static_cast<std::size_t>(up_to(used) - 1)];
    ASSERT_LE(tiles_of(counts, plan->tile_slots), plan->max_tiles);
  }
}

TEST(MoePlan, TheWorkspaceGrowsWithTheTokens) {
  for (const std::int64_t hidden : {16, 64, 4096})
    for (const std::int64_t experts : {1, 2, 8, 8192})
      for (const std::int64_t top_k : {1, 2, 8, 100}) {
        std::size_t before = 0;
        for (std::int64_t tokens = 1; tokens <= 200; ++tokens) {
          const auto plan = plan_moe({hidden, 16, experts, top_k}, tokens);
          ASSERT_TRUE(plan);
          ASSERT_GE(plan->workspace.bytes, before) << tokens << " tokens";
          before = plan->workspace.bytes;
        }
      }
}

TEST(MoePlan, TwoBlocksFindRoomOnAMultiprocessor) {
  for (const std::int64_t tokens : {1, 16, 17}) {
    const auto plan = plan_moe({4096, 4096, 8, 2}, tokens);
    ASSERT_TRUE(plan);
    // Beside the ring: rows and slots of the tile, static.
    const std::size_t more =
        2 * sizeof(int) * static_cast<std::size_t>(plan->tile_slots) + kSharedReserved;
    EXPECT_LE(2 * (plan->gate_up_shared_bytes + more), kSharedOfSm) << tokens;
    EXPECT_LE(2 * (plan->down_shared_bytes + more), kSharedOfSm) << tokens;
  }
}

TEST(MoePlan, ExtentsOutOfRangeAreNamed) {
  const MoeExtents good{32, 48, 4, 2};
  EXPECT_TRUE(check_extents(good));
  struct Bad {
    std::int64_t MoeExtents::*member;
    std::int64_t value;
    const char* message;
  };
  for (const auto& [member, value, message] :
       {Bad{&MoeExtents::hidden_size, 0,
            "hidden_size: 0 is not a multiple of 16 from 1 to 1048576"},
        Bad{&MoeExtents::hidden_size, 24,
            "hidden_size: 24 is not a multiple of 16 from 1 to 1048576"},
        Bad{&MoeExtents::hidden_size, -16,
            "hidden_size: -16 is not a multiple of 16 from 1 to 1048576"},
        Bad{&MoeExtents::hidden_size, (1 << 20) + 16,
            "hidden_size: 1048592 is not a multiple of 16 from 1 to 1048576"},
        Bad{&MoeExtents::intermediate_size, 8,
            "intermediate_size: 8 is not a multiple of 16 from 1 to 1048576"},
        Bad{&MoeExtents::intermediate_size, std::numeric_limits<std::int64_t>::max(),
            "intermediate_size: 9223372036854775807 is not a multiple of 16 from 1 to 1048576"},
        Bad{&MoeExtents::num_experts, 0, "num_experts: 0 is not from 1 to 8192"},
        Bad{&MoeExtents::num_experts, 8193, "num_experts: 8193 is not from 1 to 8192"},
        Bad{&MoeExtents::top_k, 0, "top_k: 0 is not from 1 to 8192"},
        Bad{&MoeExtents::top_k, 8193, "top_k: 8193 is not from 1 to 8192"}}) {
    MoeExtents bad = good;
    bad.*member = value;
    for (const CudaStatus& status :
         {check_extents(bad), CudaStatus(plan_moe(bad, 1).map([](const MoePlan&) {}))}) {
      ASSERT_FALSE(status) << message;
      EXPECT_EQ(status.error().code, CudaErrorCode::invalid_argument);
      EXPECT_EQ(status.error().message, message);
    }
  }
}

// The packing kernels have a thread for 16 codes, of columns padded to 64, in blocks of 256.
TEST(MoePlan, TheGridsOfThePackingKernelsReachEveryMatrixThatIsAllowed) {
  const MoeExtents largest{16, 1 << 20, 8192, 1};
  EXPECT_TRUE(check_extents(largest));
  const Wide codes = Wide{largest.num_experts} * largest.intermediate_size * padded(16);
  EXPECT_LE(codes / 16 / 256, kGridX);
  EXPECT_LE(Wide{kMaxMatrixElements} * 4 / 16 / 256, kGridX) << "16 columns become 64";
  const auto status = check_extents({1 << 20, 256, 8192, 1});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message,
            "num_experts * hidden_size * intermediate_size: 2199023255552 is not from 1 to "
            "1099511627776");
}

}  // namespace
}  // namespace assay::cuda
