// SPDX-License-Identifier: Apache-2.0
// Each pattern does what its name promises (docs/vectors.md, "Suites").
#include "vectors/generate/routing.hpp"

#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

constexpr std::int64_t kTokens = 4000, kExperts = 8, kTopK = 3;
constexpr MoeShape kShape{1, kTokens, 16, 16, kExperts, kTopK};

std::vector<std::int32_t> routed(const std::string& routing, const MoeShape& shape = kShape) {
  std::vector<std::int32_t> experts(static_cast<std::size_t>(shape.slots()));
  draw_routing(routing, 5, shape, experts);
  return experts;
}

std::vector<float> scored(const std::string& scores) {
  std::vector<float> values(static_cast<std::size_t>(kShape.slots()));
  draw_scores(scores, 5, kShape, values);
  return values;
}

bool tokens_are_distinct(const std::vector<std::int32_t>& experts) {
  for (std::size_t i = 0; i < experts.size(); i += kTopK)
    if (std::set(experts.begin() + i, experts.begin() + i + kTopK).size() != kTopK) return false;
  return true;
}

std::map<std::int32_t, int> counts_in_slot(const std::vector<std::int32_t>& experts,
                                           std::size_t slot) {
  std::map<std::int32_t, int> counts;
  for (std::size_t i = slot; i < experts.size(); i += kTopK)
    ++counts[experts[i]];
  return counts;
}

TEST(Routing, StaysInRangeWhateverThePattern) {
  for (const std::string& name : routing_names())
    for (const std::int32_t expert : routed(name)) {
      ASSERT_GE(expert, 0) << name;
      ASSERT_LT(expert, kExperts) << name;
    }
}

TEST(Routing, UniformSelectsDistinctExpertsEquallyOften) {
  const auto experts = routed("uniform");
  EXPECT_TRUE(tokens_are_distinct(experts));
  for (std::size_t slot = 0; slot < kTopK; ++slot)
    for (const auto& [expert, count] : counts_in_slot(experts, slot))
      EXPECT_NEAR(count, kTokens / kExperts, 100) << expert;  // 5 sigma of 4000 draws at 1/8
}

TEST(Routing, SkewedFollowsZipfsLaw) {
  const auto experts = routed("skewed");
  EXPECT_TRUE(tokens_are_distinct(experts));
  const auto counts = counts_in_slot(experts, 0);
  const double harmonic = 1 + 1 / 2. + 1 / 3. + 1 / 4. + 1 / 5. + 1 / 6. + 1 / 7. + 1 / 8.;
  for (const auto& [expert, count] : counts)
    EXPECT_NEAR(count, kTokens / harmonic / (expert + 1), 160) << expert;
}

TEST(Routing, OneExpertLeadsEveryToken) {
  const auto experts = routed("one_expert");
  EXPECT_TRUE(tokens_are_distinct(experts));
  EXPECT_EQ(counts_in_slot(experts, 0).size(), 1u);
  EXPECT_EQ(counts_in_slot(experts, 1).size(), static_cast<std::size_t>(kExperts - 1));
}

TEST(Routing, EmptyExpertsAreTheOddOnes) {
  const auto experts = routed("empty_experts");
  EXPECT_TRUE(tokens_are_distinct(experts));
  EXPECT_EQ(std::set(experts.begin(), experts.end()), (std::set<std::int32_t>{0, 2, 4, 6}));
}

TEST(Routing, DuplicatesRepeatTheFirstSlotInTheSecond) {
  const auto experts = routed("duplicates");
  for (std::size_t i = 0; i < experts.size(); i += kTopK)
    ASSERT_EQ(experts[i], experts[i + 1]);
  EXPECT_EQ(counts_in_slot(experts, 0).size(), static_cast<std::size_t>(kExperts));
  EXPECT_EQ(counts_in_slot(experts, 2).size(), static_cast<std::size_t>(kExperts));
}

TEST(Routing, AllExpertsOfATokenAreAPermutation) {
  const MoeShape shape{1, 50, 16, 16, 7, 7};
  const auto experts = routed("uniform", shape);
  std::set<std::vector<std::int32_t>> orders;
  for (std::size_t i = 0; i < experts.size(); i += 7) {
    const std::vector<std::int32_t> token(experts.begin() + i, experts.begin() + i + 7);
    EXPECT_EQ(std::set(token.begin(), token.end()).size(), 7u);
    orders.insert(token);
  }
  EXPECT_GT(orders.size(), 40u);
}

TEST(Routing, RefusesShapesWithoutRoom) {
  EXPECT_TRUE(check_routing("uniform", {1, 1, 16, 16, 4, 4}));
  EXPECT_EQ(
      error_of(check_routing("uniform", {1, 1, 16, 16, 4, 5})),
      "invalid: routing uniform gives a token distinct experts: top_k 5 exceeds the 4 that it "
      "may select");
  EXPECT_TRUE(check_routing("empty_experts", {1, 1, 16, 16, 5, 3}));
  EXPECT_FALSE(check_routing("empty_experts", {1, 1, 16, 16, 5, 4}));
  EXPECT_TRUE(check_routing("duplicates", {1, 1, 16, 16, 1, 5}));
  EXPECT_FALSE(check_routing("duplicates", {1, 1, 16, 16, 4, 1}));
}

TEST(Scores, NormalizedAreSharesOfTheirSumInSlotOrder) {
  const auto values = scored("normalized");
  std::set<float> distinct;
  for (std::size_t i = 0; i < values.size(); i += kTopK) {
    EXPECT_NEAR(values[i] + values[i + 1] + values[i + 2], 1, 2e-7);
    distinct.insert(values[i]);
  }
  EXPECT_GT(distinct.size(), 3900u);
}

TEST(Scores, OnesAreOnes) {
  EXPECT_EQ(scored("ones"), std::vector<float>(kTokens * kTopK, 1.0f));
}

TEST(Scores, SignedHoldZerosOfBothSignsAndNegatives) {
  int positive = 0, negative = 0, zero = 0, negative_zero = 0;
  for (const float value : scored("signed")) {
    ASSERT_LE(std::fabs(value), 1.0f);
    ++(value > 0 ? positive : value < 0 ? negative : std::signbit(value) ? negative_zero : zero);
  }
  EXPECT_NEAR(positive, 4500, 300);  // 3/8 of 12000; 5 sigma
  EXPECT_NEAR(negative, 4500, 300);
  EXPECT_NEAR(zero, 1500, 200);
  EXPECT_NEAR(negative_zero, 1500, 200);
}

}  // namespace
}  // namespace assay
