// SPDX-License-Identifier: Apache-2.0
// Each distribution hits what docs/vectors.md says it aims at, counted.
#include "vectors/generate/matrix_values.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "reference/format/e4m3.hpp"

namespace assay {
namespace {

constexpr std::int64_t kColumns = 256;
constexpr std::size_t kCount = 64 * 256;

std::vector<float> drawn(const std::string& name, std::uint64_t seed = 1, float scale = 1) {
  std::vector<float> values(kCount);
  find_matrix_distribution(name).draw({seed, "values", scale, kColumns, values});
  return values;
}

float amax_of(std::span<const float> values) {
  float amax = 0;
  for (const float value : values)
    amax = std::max(amax, std::fabs(value));
  return amax;
}

bool is_bf16(float value) {
  return (std::bit_cast<std::uint32_t>(value) & 0xFFFF) == 0;
}

TEST(MatrixValues, KnowTheWeightsDistributionsToo) {
  const Names names = matrix_distribution_names();
  for (const char* name : {"normal", "ties", "zero_blocks", "fresh_amax", "near_ties"})
    EXPECT_TRUE(contains(names, name)) << name;
  for (const std::string& name : names)
    EXPECT_NE(find_matrix_distribution(name).draw, nullptr) << name;
  EXPECT_EQ(find_matrix_distribution("special").draw, nullptr);
  EXPECT_EQ(find_matrix_distribution("gaussian").draw, nullptr);
}

TEST(MatrixValues, EveryDistributionIsFiniteAndFollowsItsSeed) {
  for (const std::string& name : matrix_distribution_names()) {
    const auto values = drawn(name);
    EXPECT_TRUE(std::ranges::all_of(values, [](float v) { return std::isfinite(v); })) << name;
    EXPECT_EQ(values, drawn(name)) << name;
    EXPECT_EQ(values == drawn(name, 2), name == "constant") << name;
  }
}

TEST(FreshAmax, EachTensorIsBfloat16WithItsOwnAmax) {
  std::set<float> amaxes;
  std::set<int> exponents;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    const auto values = drawn("fresh_amax", seed);
    EXPECT_TRUE(std::ranges::all_of(values, is_bf16));
    amaxes.insert(amax_of(values));
    exponents.insert(std::ilogb(amax_of(values)));
  }
  EXPECT_GT(amaxes.size(), 60u);
  EXPECT_GT(exponents.size(), 10u);
}

TEST(Dyadic, BlocksAndTensorsHaveAmaxOfFewBits) {
  std::set<float> ratios;
  for (std::uint64_t seed = 0; seed < 16; ++seed) {
    const auto values = drawn("dyadic", seed);
    const float amax = amax_of(values);
    EXPECT_TRUE(is_bf16(amax));
    EXPECT_EQ(std::fabs(values[0]), amax);
    for (std::size_t begin = 0; begin < kCount; begin += 16) {
      const float block_amax = amax_of(std::span(values).subspan(begin, 16));
      EXPECT_EQ(std::fabs(values[begin]), block_amax);
      ratios.insert(block_amax / amax);
      for (std::size_t i = begin; i < begin + 16; ++i)
        EXPECT_EQ(std::rint(values[i] / block_amax * 32), values[i] / block_amax * 32);
    }
  }
  EXPECT_GT(ratios.size(), 1000u);
}

TEST(NearTies, LiesWithin2UlpOfEveryTieOfTheBlockScale) {
  std::set<int> ties, values_hit;
  for (std::uint64_t seed = 0; seed < 16; ++seed) {
    const auto values = drawn("near_ties", seed);
    const float step = amax_of(values) / 2688;
    for (std::size_t begin = 0; begin < kCount; begin += 16) {
      const double quotient = std::fabs(double{values[begin]}) / 6 / step;
      for (int code = 0; code < 0x7E; ++code) {
        const double low = e4m3_to_f32(static_cast<std::uint8_t>(code));
        const double next = e4m3_to_f32(static_cast<std::uint8_t>(code + 1));
        const double tie = (low + next) / 2;
        if (std::fabs(quotient - tie) <= tie * 0x1p-21) ties.insert(code);
        if (low > 0 && std::fabs(quotient - low) <= low * 0x1p-21) values_hit.insert(code);
      }
    }
  }
  EXPECT_EQ(ties.size(), 126u);
  EXPECT_GT(values_hit.size(), 120u);
}

TEST(NearTies, ElementsLieWithin2UlpOfEveryTieOfE2m1) {
  const auto values = drawn("near_ties");
  const double step = amax_of(values) / 2688;
  std::array<int, 7> hits{};
  constexpr std::array kTies{0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5.0};
  for (std::size_t begin = 0; begin < kCount; begin += 16) {
    const double quotient = std::fabs(double{values[begin]}) / 6 / step;
    for (int code = 1; code <= 0x7E; ++code) {
      const double scale = e4m3_to_f32(static_cast<std::uint8_t>(code));
      if (std::fabs(scale - quotient) > scale / 14 && code > 8) continue;
      for (std::size_t i = begin + 1; i < begin + 16; ++i)
        for (std::size_t t = 0; t < kTies.size(); ++t)
          hits[t] += std::fabs(std::fabs(double{values[i]}) / (scale * step) - kTies[t]) <
                             kTies[t] * 0x1p-21
                         ? 1
                         : 0;
    }
  }
  for (const int count : hits)
    EXPECT_GT(count, 500);
}

TEST(MxBoundaries, HitEveryFractionInEveryBinade) {
  std::set<int> exponents;
  std::set<std::uint32_t> fractions;
  for (std::uint64_t seed = 0; seed < 16; ++seed) {
    const auto values = drawn("mx_boundaries", seed);
    for (std::size_t begin = 0; begin < kCount; begin += 32) {
      const float block_amax = amax_of(std::span(values).subspan(begin, 32));
      EXPECT_EQ(std::fabs(values[begin]), block_amax);
      exponents.insert(std::ilogb(block_amax));
      if (block_amax >= 0x1p-126f)
        fractions.insert(std::bit_cast<std::uint32_t>(block_amax) & 0x7FFFFF);
    }
  }
  for (int exponent = -145; exponent <= 126; ++exponent)
    EXPECT_TRUE(exponents.contains(exponent)) << exponent;
  for (const std::uint32_t fraction :
       {0x000000u, 0x200000u, 0x400000u, 0x600000u, 0x700000u, 0x780000u}) {
    EXPECT_TRUE(fractions.contains(fraction)) << fraction;
    EXPECT_TRUE(fractions.contains(fraction + 1)) << fraction;
    EXPECT_TRUE(fractions.contains((fraction - 1) & 0x7FFFFF)) << fraction;
  }
}

TEST(TinyElements, HoldZerosOfBothSignsAndSubnormals) {
  int positive_zeros = 0, negative_zeros = 0, subnormals = 0, negligible = 0;
  for (const float value : drawn("tiny_elements")) {
    if (value == 0) ++(std::signbit(value) ? negative_zeros : positive_zeros);
    if (value != 0 && std::fabs(value) < 0x1p-126f) ++subnormals;
    if (std::fabs(value) > 0x1p-126f && std::fabs(value) < 1e-29f) ++negligible;
  }
  for (const int count : {positive_zeros, negative_zeros, subnormals, negligible})
    EXPECT_GT(count, 300);
}

}  // namespace
}  // namespace assay
