// SPDX-License-Identifier: Apache-2.0
// Oracles: the C library's erf for quantiles, the normal distribution's moments for samples.
#include "vectors/generate/normal.hpp"

#include <cmath>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "vectors/generate/philox.hpp"
#include "vectors/io/sha256.hpp"

namespace assay {
namespace {

float normal_of(std::uint32_t word) {
  float value = 0;
  normal_from_words(std::span(&word, 1), std::span(&value, 1));
  return value;
}

std::vector<float> sample(std::size_t count) {
  std::vector<std::uint32_t> words(count);
  RandomStream(1, "normal").fill(0, words);
  std::vector<float> values(count);
  normal_from_words(words, values);
  return values;
}

TEST(Normal, StartsEachSegmentAtItsQuantile) {
  for (std::uint32_t segment = 0; segment < 4096; ++segment) {
    const double z = double{normal_of(segment << 19)};
    ASSERT_NEAR(std::erf(z / std::sqrt(2.0)), segment / 4096.0, 1e-7) << segment;
  }
}

TEST(Normal, MeetsTheTabulatedQuartileAndTwoSigma) {
  EXPECT_FLOAT_EQ(normal_of(0x40000000), 0.674489750f);  // P(|Z| < z) = 1/2
  EXPECT_NEAR(normal_of(0x7A2D0C1F), 2.0, 1e-5);         // 0.954499736 of 2^31
}

TEST(Normal, IsMonotoneUpToTheCut) {
  float previous = -1;
  for (std::uint32_t word = 0; word < 0x80000000u - 4099; word += 4099) {
    const float value = normal_of(word);
    ASSERT_GE(value, previous) << word;
    previous = value;
  }
  EXPECT_LE(normal_of(0x7FFFFFFF), kNormalCut);
  EXPECT_GT(normal_of(0x7FFFFFFF), kNormalCut - 1e-5f);
}

TEST(Normal, TakesTheSignFromTheTopBit) {
  for (const std::uint32_t word : {0x1u, 0x12345678u, 0x7FFFFFFFu})
    EXPECT_EQ(normal_of(word | 0x80000000u), -normal_of(word));
  EXPECT_TRUE(std::signbit(normal_of(0x80000000u)));
}

TEST(Normal, HasTheMomentsOfTheStandardNormalDistribution) {
  constexpr std::size_t kCount = std::size_t{1} << 22;
  double sum = 0, squares = 0, fourths = 0;
  for (const float value : sample(kCount)) {
    const double square = double{value} * double{value};
    sum += double{value};
    squares += square;
    fourths += square * square;
  }
  const double n = static_cast<double>(kCount);
  EXPECT_NEAR(sum / n, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1, 5 * std::sqrt(2 / n) + 1e-3);
  EXPECT_NEAR(fourths / n, 3, 5 * std::sqrt(96 / n) + 2e-2);
}

// Guards determinism across compilers, optimization levels and CPUs: these bytes were the same with
// g++ 12 at -O0 and -O3 (SSE2, AVX2, AVX-512) and clang++ 14.
TEST(Normal, GivesTheSameBytesEverywhere) {
  const std::vector<float> values = sample(65536);
  const auto bytes = std::as_bytes(std::span(values));
  EXPECT_EQ(hex(sha256(std::span(&bytes, 1))),
            "de78dedd55323e1f36a75940e3ef847faa805e8c9b810613f2ea16bb0b4a2bb9");
}

}  // namespace
}  // namespace assay
