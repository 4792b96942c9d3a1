// SPDX-License-Identifier: Apache-2.0
// The certificate's claim is tested, not its formula: where it holds, binary32 sums in random
// orders and the block_fma contract all give the exact sum (oracle: dot_oracle.hpp).
#include "reference/arithmetic/certificate.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "reference/arithmetic/dot_test.hpp"

namespace assay {
namespace {

using namespace dot_test;

bool certified(const Dot& dot) {
  const PackedDot packed(dot);
  return dots_are_certified(packed.rows(), packed.x_units, 1);
}

// x in {+-0, +-1, +-2, +-3}, scales 2^-1, 1 or 2: about half of the long dots are certified.
Dot small_integers(std::mt19937& random, std::size_t length) {
  Dot dot;
  const std::uint8_t values[] = {0x00, 0x38, 0x40, 0x44}, scales[] = {0x30, 0x38, 0x40};
  for (std::size_t k = 0; k < length; ++k) {
    dot.x.push_back(static_cast<std::uint8_t>(values[random() % 4] | (random() & 0x80)));
    dot.w.push_back(random() & 0xF);
    if (k % 16 == 0) dot.s.push_back(scales[random() % 3]);
  }
  return dot;
}

TEST(Certificate, CertifiedSumsAreTheSameInEveryOrder) {
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    const Dot dot = small_integers(random, 512);
    ASSERT_TRUE(certified(dot));
    const float exact = oracle::exact(dot);
    EXPECT_EQ(oracle::block_fma(dot), exact);
    std::vector<float> terms;
    for (std::size_t k = 0; k < dot.x.size(); ++k)
      terms.push_back(static_cast<float>(static_cast<std::int64_t>(dot.term(k))) * 0x1p-19f);
    for (int order = 0; order < 5; ++order) {
      std::ranges::shuffle(terms, random);
      float sum = 0;
      for (float term : terms)
        sum += term;
      EXPECT_EQ(sum, exact);
    }
  }
}

// One term of 2^24 - 1 units and one of one unit reach 2^24: no longer certified.
Dot at_the_limit(bool one_more) {
  Dot dot{std::vector<std::uint8_t>(32), std::vector<std::uint8_t>(32), {0x01, 0x01}};
  for (std::size_t k = 0; k < 16; ++k) {
    dot.x[k] = 0x58;  // 16 = 2^13 units
    dot.w[k] = 0x6;   // 4 = 2^3 units
  }
  dot.s[0] = 0x08;  // 2^-6 = 2^3 units: 16 terms of 2^19 units are 2^23
  dot.x[16] = 0x7E;
  dot.x[17] = 0x78;
  for (std::size_t k = 18; k < 26; ++k)
    dot.x[k] = 0x78;  // 256 = 2^17 units
  for (std::size_t k = 16; k < 26; ++k)
    dot.w[k] = 0x1;
  dot.s[1] = 0x01;
  dot.x[31] = 0x01;
  dot.w[31] = one_more ? 0x1 : 0x0;
  return dot;
}

TEST(Certificate, UsesTheSmallestBitThatAnyTermUses) {
  // Without the odd unit, lsb is 2^15 and the sum is far below 2^24 * 2^15; with it, lsb is 1 and
  // the sum of 8388608 + 10 * 2^17 still fits below 2^24.
  EXPECT_TRUE(certified(at_the_limit(false)));
  EXPECT_TRUE(certified(at_the_limit(true)));
  Dot over = at_the_limit(true);
  over.s[0] = 0x10;  // doubles the first block: 2^24 and more
  EXPECT_FALSE(certified(over));
  over.w[31] = 0x0;
  EXPECT_TRUE(certified(over));
}

TEST(Certificate, TheLimitIsStrict) {
  // 2^24 - 1 units with lsb 1 passes, 2^24 does not.
  Dot dot{std::vector<std::uint8_t>(64), std::vector<std::uint8_t>(64), {0x08, 0x01, 0x01, 0x01}};
  for (std::size_t k = 0; k < 16; ++k) {
    dot.x[k] = 0x58;
    dot.w[k] = 0x6;
  }
  dot.s[0] = 0x10;  // 16 terms of 2^20: 2^24
  dot.x[0] = 0x00;  // minus one term
  std::int64_t rest = (std::int64_t{1} << 20) - 1;
  for (std::size_t k = 16; k < 64 && rest > 0; ++k)
    for (int code = 0x7E; code > 0; --code)
      if (oracle::e4m3_units(code) <= rest) {
        dot.x[k] = static_cast<std::uint8_t>(code);
        dot.w[k] = 0x1;
        rest -= oracle::e4m3_units(code);
        break;
      }
  ASSERT_EQ(rest, 0);
  ASSERT_EQ(static_cast<std::int64_t>(dot.exact_units()), (std::int64_t{1} << 24) - 1);
  EXPECT_TRUE(certified(dot));
  dot.x[63] = 0x01;
  dot.w[63] = 0x1;
  EXPECT_FALSE(certified(dot));
}

TEST(Certificate, AZeroDotIsCertified) {
  EXPECT_TRUE(certified({std::vector<std::uint8_t>(16), std::vector<std::uint8_t>(16), {0x38}}));
}

// 147 * 2^50 units with lsb 2^32: neither fits fewer bits than the certificate's 64.
TEST(Certificate, LongSumsOfTheLargestTermsAreNot) {
  constexpr std::size_t kLength = std::size_t{1} << 18;
  EXPECT_FALSE(certified({std::vector<std::uint8_t>(kLength, kMax),
                          std::vector<std::uint8_t>(kLength, kMaxE2m1),
                          std::vector<std::uint8_t>(kLength / 16, kMax)}));
}

TEST(Certificate, EveryRowAndEveryVectorCounts) {
  constexpr std::size_t kRows = 3, kVectors = 2;
  for (std::size_t i = 0; i < kRows * kVectors; ++i) {
    const std::size_t row = i / kVectors, m = i % kVectors;
    std::vector<std::uint8_t> codes(kRows * 16), scales(kRows * 2);
    std::vector<std::int32_t> x_units(kVectors * 32);
    x_units[m * 32] = e4m3_to_units(kMax);
    x_units[m * 32 + 16] = 1;
    EXPECT_TRUE(dots_are_certified({codes, scales, 32}, x_units, kVectors));
    spoil(std::span(codes).subspan(row * 16), std::span(scales).subspan(row * 2));
    EXPECT_FALSE(dots_are_certified({codes, scales, 32}, x_units, kVectors)) << row << "," << m;
  }
}

TEST(Certificate, GaussianLikeCodesAreNot) {
  std::mt19937 random(3);
  Dot dot = small_integers(random, 512);
  for (auto& code : dot.x)
    code = static_cast<std::uint8_t>(random() % 0x7E);
  EXPECT_FALSE(certified(dot));
}

}  // namespace
}  // namespace assay
