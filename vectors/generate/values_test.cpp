// SPDX-License-Identifier: Apache-2.0
// Each distribution of ordinary values does what its name promises (docs/vectors.md, "Suites").
#include "vectors/generate/values.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

constexpr std::int64_t kColumns = 64;
constexpr std::size_t kCount = 256 * 64;

std::vector<float> drawn(const std::string& name, float scale, const std::string& tensor = "t") {
  std::vector<float> values(kCount);
  find_distribution(name)->weights({1, tensor, scale, kColumns, values});
  return values;
}

TEST(Values, NormalIsScaled) {
  const auto values = drawn("normal", 0.5f);
  double squares = 0;
  for (const float value : values)
    squares += double{value} * double{value};
  EXPECT_NEAR(squares / kCount, 0.25, 0.25 * 5 * std::sqrt(2.0 / kCount));
}

TEST(Values, NormalDoesNotDependOnHowManyAreDrawn) {
  std::vector<float> many(10000), few(17);
  draw_normal(RandomStream(1, "t"), 1, many);
  draw_normal(RandomStream(1, "t"), 1, few);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
}

TEST(Values, NormalDoesNotRepeat) {
  const auto values = drawn("normal", 1);
  for (std::size_t i = 4096; i < kCount; i += 4096)
    EXPECT_NE(values[i], values[0]);
}

TEST(Values, EveryTensorAndSeedHasItsOwn) {
  const auto values = drawn("normal", 1);
  EXPECT_NE(values, drawn("normal", 1, "u"));
  std::vector<float> other_seed(kCount);
  find_distribution("normal")->weights({2, "t", 1, kColumns, other_seed});
  EXPECT_NE(values, other_seed);
}

TEST(Values, NormalBf16IsOnTheBfloat16Grid) {
  for (const float value : drawn("normal_bf16", 1))
    ASSERT_EQ(std::bit_cast<std::uint32_t>(value) & 0xFFFF, 0u);
}

TEST(Values, HeavyTailHasOneOutlierIn64) {
  std::vector<float> values(std::size_t{1} << 20);
  find_distribution("heavy_tail")->weights({1, "t", 1, kColumns, values});
  const auto outliers = std::ranges::count_if(values, [](float v) { return std::fabs(v) > 4.25f; });
  // |z| > 4.25 needs an outlier, and of those 94.7 % exceed it: |z| > 4.25 / 64.
  const double expected = 0.947 / 64 * static_cast<double>(values.size());
  EXPECT_NEAR(static_cast<double>(outliers), expected, 5 * std::sqrt(expected));
  EXPECT_GT(std::ranges::max(values), 100.0f);
}

TEST(Values, ZeroBlocksHoldZerosUnderflowsAndOrdinaryBlocks) {
  const auto values = drawn("zero_blocks", 1);
  int zero = 0, tiny = 0, ordinary = 0, negative_zeros = 0;
  for (std::size_t begin = 0; begin < kCount; begin += 16) {
    float amax = 0;
    for (std::size_t i = begin; i < begin + 16; ++i) {
      amax = std::max(amax, std::fabs(values[i]));
      negative_zeros += values[i] == 0 && std::signbit(values[i]) ? 1 : 0;
    }
    ++(amax == 0 ? zero : amax < 0x1p-10f ? tiny : ordinary);
  }
  EXPECT_NEAR(zero, 256, 70);  // a quarter of 1024 blocks; 5 sigma
  EXPECT_NEAR(tiny, 256, 70);
  EXPECT_NEAR(ordinary, 512, 80);
  EXPECT_NEAR(negative_zeros, zero * 8, zero);
}

TEST(Values, ConstantIsItsScale) {
  EXPECT_EQ(drawn("constant", -0.0f).front(), 0.0f);
  EXPECT_EQ(drawn("constant", 1.5f), std::vector<float>(kCount, 1.5f));
}

TEST(Values, UnknownNamesAreNull) {
  EXPECT_EQ(find_distribution("gaussian"), nullptr);
}

}  // namespace
}  // namespace assay
