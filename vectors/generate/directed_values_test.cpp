// SPDX-License-Identifier: Apache-2.0
// Values lie where they are said to lie. Midpoints are found from tables of decoded codes, sums by
// integer or binary64 arithmetic, scales by the page's own division.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "reference/format/e4m3.hpp"
#include "reference/quantize/nvfp4.hpp"
#include "vectors/generate/test_recipe.hpp"
#include "vectors/generate/values.hpp"

namespace assay {
namespace {

constexpr std::size_t kCount = 64 * 64;

std::vector<float> drawn(DrawFunction draw, float scale, std::int64_t columns = 64) {
  std::vector<float> values(kCount);
  draw({1, "t", scale, columns, values});
  return values;
}

std::set<float> e4m3_midpoints() {
  std::set<float> midpoints{464.0f};
  for (std::uint8_t code = 0; code < 0x7E; ++code)
    midpoints.insert((e4m3_to_f32(code) + e4m3_to_f32(static_cast<std::uint8_t>(code + 1))) / 2);
  return midpoints;
}

// Steps of binary32 from |value| to the nearest of `points`.
std::int64_t ulps_to(const std::set<float>& points, float value) {
  std::int64_t least = 1 << 30;
  for (const float point : points)
    least = std::min(least, std::abs(std::int64_t{std::bit_cast<std::int32_t>(std::fabs(value))} -
                                     std::int64_t{std::bit_cast<std::int32_t>(point)}));
  return least;
}

struct Quotients {
  std::vector<float> scales, elements;  // what the recipe rounds to E4M3 and to E2M1
  std::vector<std::uint8_t> block_scales;
};

// The recipe of docs/numerics.md section 2 up to its two roundings to a code.
Quotients quotients_of(const std::vector<float>& weights) {
  float amax = 0;
  for (const float weight : weights)
    amax = std::max(amax, std::fabs(weight));
  const float tensor_scale = amax / 2688.0f;
  Quotients result;
  for (std::size_t begin = 0; begin < weights.size(); begin += 16) {
    float block_amax = 0;
    for (std::size_t i = begin; i < begin + 16; ++i)
      block_amax = std::max(block_amax, std::fabs(weights[i]));
    result.scales.push_back(block_amax / (6.0f * tensor_scale));
    result.block_scales.push_back(f32_to_e4m3(result.scales.back()));
    const float scale = e4m3_to_f32(result.block_scales.back()) * tensor_scale;
    for (std::size_t i = begin; i < begin + 16; ++i)
      result.elements.push_back(weights[i] / scale);
  }
  return result;
}

TEST(DirectedValues, HiddenTiesDivideToE4m3Midpoints) {
  const auto midpoints = e4m3_midpoints();
  for (const float scale : {0.25f, 0.0149f}) {
    int exact = 0, beside = 0;
    for (const float value : drawn(draw_hidden_ties, scale)) {
      const std::int64_t ulps = ulps_to(midpoints, value / scale);
      ASSERT_LE(ulps, 2);
      ++(ulps == 0 ? exact : beside);
    }
    EXPECT_GT(exact, kCount * 45 / 100) << scale;
    EXPECT_GT(beside, kCount * 30 / 100) << scale;
  }
}

TEST(DirectedValues, HiddenTiesTellDivisionFromReciprocal) {
  const float scale = 0.0149f, reciprocal = 1 / scale;
  int differing = 0;
  for (const float value : drawn(draw_hidden_ties, scale))
    differing += f32_to_e4m3(value / scale) != f32_to_e4m3(value * reciprocal) ? 1 : 0;
  EXPECT_GT(differing, kCount * 10 / 100);
}

TEST(DirectedValues, HiddenTiesReachEveryMidpoint) {
  std::set<float> reached;
  const auto midpoints = e4m3_midpoints();
  for (const float value : drawn(draw_hidden_ties, 1))
    if (midpoints.contains(std::fabs(value))) reached.insert(value);
  EXPECT_EQ(reached.size(), 2 * midpoints.size());
}

TEST(DirectedValues, WeightTiesDivideToE2m1MidpointsOfTiedScales) {
  const std::set<float> midpoints{0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 5.0f};
  const Quotients quotients = quotients_of(drawn(draw_weight_ties, 0.5f));
  int tied_scales = 0, exact = 0;
  for (const float scale : quotients.scales)
    tied_scales += ulps_to(e4m3_midpoints(), scale) == 0 ? 1 : 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (i % 16 == 0) continue;
    const std::int64_t ulps = ulps_to(midpoints, quotients.elements[i]);
    ASSERT_LE(ulps, 2) << i;
    exact += ulps == 0 ? 1 : 0;
  }
  EXPECT_NEAR(tied_scales, 128, 40);  // half of 256 blocks; 5 sigma
  EXPECT_GT(exact, kCount * 45 / 100);
}

TEST(DirectedValues, WeightTiesGiveEachMatrixAScaleOfItsOwn) {
  std::set<float> scales;
  for (const char* tensor : {"a/0", "a/1", "a/2", "a/3", "a/4", "a/5"}) {
    std::vector<float> values(256);
    draw_weight_ties({1, tensor, 1, 16, values});
    scales.insert(std::fabs(values[0]));
  }
  EXPECT_GT(scales.size(), 1u);
}

TEST(DirectedValues, HiddenSaturatingGoesBeyond464) {
  int beyond_448 = 0, beyond_464 = 0, on_464 = 0;
  for (const float value : drawn(draw_hidden_saturating, 0.5f)) {
    const float quotient = std::fabs(value / 0.5f);
    beyond_448 += quotient > 448 ? 1 : 0;
    beyond_464 += quotient > 464 ? 1 : 0;
    on_464 += quotient == 464 ? 1 : 0;
  }
  EXPECT_GT(beyond_448, kCount * 70 / 100);
  EXPECT_GT(beyond_464, kCount * 45 / 100);
  EXPECT_GT(on_464, kCount * 10 / 100);
}

TEST(DirectedValues, WeightSaturatingExceeds6TimesARoundedDownScale) {
  const Quotients quotients = quotients_of(drawn(draw_weight_saturating, 0.25f));
  const auto beyond = std::ranges::count_if(quotients.elements,
                                            [](float quotient) { return std::fabs(quotient) > 6; });
  EXPECT_GT(beyond, static_cast<std::int64_t>(kCount * 70 / 100));
  EXPECT_GT(*std::ranges::max_element(quotients.elements), 6.2f);
}

TEST(DirectedValues, LatticesAreExactlyRepresentable) {
  for (const float value : drawn(draw_hidden_lattice, 0.125f)) {
    EXPECT_EQ(value / 0.125f, std::round(value / 0.125f));
    EXPECT_LE(std::fabs(value), 0.5f);
  }
  const Quotients quotients = quotients_of(drawn(draw_weight_lattice, 0.125f));
  for (const std::uint8_t block_scale : quotients.block_scales)
    EXPECT_EQ(block_scale, 0x7E);
  for (const float quotient : quotients.elements)
    EXPECT_NEAR(quotient * 2, std::round(quotient * 2), 1e-5);
}

TEST(DirectedValues, CancellationLeavesLittleOfItsTerms) {
  for (const std::int64_t columns : {std::int64_t{16}, std::int64_t{32}, std::int64_t{64}}) {
    const auto x = drawn(draw_hidden_cancellation, 1, columns);
    const auto w = drawn(draw_weight_cancellation, 1, columns);
    double sum = 0, terms = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(columns); ++i) {
      sum += double{x[i]} * double{w[i]};
      terms += std::fabs(double{x[i]} * double{w[i]});
    }
    EXPECT_NE(sum, 0);
    if (columns == 64) {
      EXPECT_LT(std::fabs(sum), terms / 64);
    }
  }
}

TEST(DirectedValues, CancellationSeparatesTheContracts) {
  const std::string recipe = R"({"hidden_size": 272, "hidden_states":
      {"distribution": "cancellation"}, "weights": {"distribution": "cancellation", "scale": 0.5},
      "profile": )";
  const auto exact = test_case(recipe + "\"tensorrt_exact\"}");
  const auto ordered = test_case(recipe + "\"tensorrt_block_fma\"}");
  const auto a = exact.tensors.at("stage.gate_dot").as<float>();
  const auto b = ordered.tensors.at("stage.gate_dot").as<float>();
  std::size_t differing = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    differing += a[i] != b[i] ? 1 : 0;
  EXPECT_GT(differing, a.size() / 4);
}

TEST(DirectedValues, HiddenCodesReachEveryCodeButNaN) {
  std::set<std::uint8_t> codes;
  for (const float value : drawn(draw_hidden_codes, 0.01f))
    codes.insert(f32_to_e4m3(value / 0.01f));
  EXPECT_EQ(codes.size(), 254u);
  EXPECT_FALSE(codes.contains(0x7F));
}

TEST(DirectedValues, SpecialRowsHoldSubnormalsThenInfinitiesThenNaNs) {
  const auto values = drawn(draw_hidden_special, 1);
  constexpr float kSmallest = std::numeric_limits<float>::denorm_min();
  int smallest[3] = {}, subnormal[3] = {}, negative_zero[3] = {}, infinite[3] = {}, nan[2][3] = {};
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::size_t kind = i / 64 % 3;
    smallest[kind] += std::fabs(values[i]) == kSmallest ? 1 : 0;
    subnormal[kind] += std::fpclassify(values[i]) == FP_SUBNORMAL ? 1 : 0;
    negative_zero[kind] += values[i] == 0 && std::signbit(values[i]) ? 1 : 0;
    infinite[kind] += std::isinf(values[i]) ? 1 : 0;
    nan[std::signbit(values[i])][kind] += std::isnan(values[i]) ? 1 : 0;
  }
  EXPECT_TRUE(smallest[0] > 10 && subnormal[0] > 30 && negative_zero[0] > 5);
  EXPECT_TRUE(infinite[1] > 20 && infinite[0] == 0 && infinite[2] == 0);
  EXPECT_TRUE(nan[0][2] > 10 && nan[1][2] > 10 && nan[0][0] + nan[0][1] == 0);
}

}  // namespace
}  // namespace assay
