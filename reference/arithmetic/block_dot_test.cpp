// SPDX-License-Identifier: Apache-2.0
// Oracles: __int128 fixed point and MPFR (dot_oracle.hpp), Eigen in binary64 where binary64 is
// exact.
#include "reference/arithmetic/block_dot.hpp"

#include <functional>
#include <ostream>
#include <random>

#include <Eigen/Core>
#include <gtest/gtest.h>

#include "reference/arithmetic/dot_test.hpp"
#include "reference/format/e4m3.hpp"

namespace assay {
namespace {

using namespace dot_test;
using Random = std::mt19937;

std::uint8_t random_finite_e4m3(Random& random) {
  std::uint8_t code = 0x7F;
  while (is_e4m3_nan(code))
    code = static_cast<std::uint8_t>(random());
  return code;
}

// One generator per kind of adversarial data.
Dot random_codes(Random& random, std::size_t length) {
  Dot dot = zeros(length);
  for (auto& code : dot.x)
    code = random_finite_e4m3(random);
  for (auto& code : dot.w)
    code = random() & 0xF;
  for (auto& code : dot.s)
    code = random_finite_e4m3(random) & 0x7F;
  return dot;
}

Dot all_max(Random& random, std::size_t length) {
  Dot dot = zeros(length);
  std::ranges::fill(dot.x, random() & 1 ? kMax : kMax | 0x80);
  std::ranges::fill(dot.w, kMaxE2m1);
  std::ranges::fill(dot.s, kMax);
  return dot;
}

Dot cancelling_pairs(Random& random, std::size_t length) {
  Dot dot = random_codes(random, length);
  for (std::size_t k = 0; k < length; k += 2) {
    dot.x[k + 1] = dot.x[k];
    dot.w[k + 1] = dot.w[k] ^ kNegative;
  }
  dot.w[random() % length] = 0x1;
  return dot;
}

Dot subnormals(Random& random, std::size_t length) {
  Dot dot = random_codes(random, length);
  for (auto& code : dot.x)
    code &= 0x87;
  for (auto& code : dot.s)
    code &= 0x07;
  return dot;
}

Dot max_and_one_tiny_odd(Random& random, std::size_t length) {
  Dot dot = all_max(random, length);
  const std::size_t k = random() % length;
  dot.x[k] = 0x01;
  dot.w[k] = 0x1;
  return dot;
}

Dot extremes(Random& random, std::size_t length) {
  Dot dot = random_codes(random, length);
  for (auto& code : dot.x)
    code = (random() & 1 ? 0x01 : kMax) | (random() & 0x80);
  for (auto& code : dot.w)
    code = (random() & 1 ? 0x1 : 0x7) | (random() & 0x8);
  for (auto& code : dot.s)
    code = random() & 1 ? 0x01 : kMax;
  return dot;
}

Dot nearly_total_cancellation(Random& random, std::size_t length) {
  Dot dot = all_max(random, length);
  for (std::size_t k = 0; k < length; k += 2)
    dot.w[k] ^= kNegative;
  for (int i = 0; i < 3; ++i)
    dot.x[random() % length] = random_finite_e4m3(random);
  return dot;
}

struct Kind {
  const char* name;
  std::function<Dot(Random&, std::size_t)> make;
};

void PrintTo(const Kind& kind, std::ostream* stream) {
  *stream << kind.name;
}

class BlockDot : public testing::TestWithParam<Kind> {};

// 7 kinds x 14,670 = 102,690 dots.
TEST_P(BlockDot, EqualsInt128AndMpfrOnAdversarialData) {
  Random random(2026);
  const std::pair<std::size_t, int> plan[] = {{16, 6000},  {32, 3000},  {48, 2000},  {272, 2000},
                                              {768, 1000}, {2048, 600}, {14272, 20}, {14288, 20},
                                              {14336, 20}, {16384, 10}};
  for (const auto& [length, count] : plan)
    for (int i = 0; i < count; ++i) {
      SCOPED_TRACE(testing::Message() << "K=" << length << " #" << i);
      expect_equal_to_oracle(GetParam().make(random, length));
      if (HasFatalFailure()) return;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, BlockDot,
    testing::Values(Kind{"RandomCodes", random_codes}, Kind{"AllMax", all_max},
                    Kind{"CancellingPairs", cancelling_pairs}, Kind{"Subnormals", subnormals},
                    Kind{"MaxAndOneTinyOdd", max_and_one_tiny_odd}, Kind{"Extremes", extremes},
                    Kind{"NearlyTotalCancellation", nearly_total_cancellation}),
    [](const auto& kind) { return kind.param.name; });

TEST(BlockDotMatrix, EqualsEigenInBinary64ForEveryRowAndVector) {
  constexpr std::int64_t kRows = 37, kVectors = 5, kLength = 2048;
  Random random(7);
  std::vector<std::uint8_t> codes(kRows * kLength / 2), scales(kRows * kLength / 16);
  for (auto& code : codes)
    code = static_cast<std::uint8_t>(random());
  for (auto& code : scales)
    code = random_finite_e4m3(random) & 0x7F;
  Eigen::MatrixXd w(kRows, kLength), x(kLength, kVectors);
  for (std::int64_t i = 0; i < kRows * kLength; ++i)
    w(i / kLength, i % kLength) =
        static_cast<double>(oracle::e2m1_half_units(codes[i / 2] >> (i % 2 * 4) & 0xF) *
                            oracle::e4m3_units(scales[i / 16])) *
        0x1p-10;
  std::vector<std::int32_t> units(kVectors * kLength);
  for (std::int64_t i = 0; i < kVectors * kLength; ++i) {
    units[i] = static_cast<std::int32_t>(oracle::e4m3_units(random_finite_e4m3(random)));
    x(i % kLength, i / kLength) = units[i] * 0x1p-9;
  }
  const Eigen::MatrixXf expected = (w * x).cast<float>();
  constexpr std::int64_t kStride = kRows + 3;
  std::vector<float> dots(kVectors * kStride, -7.0f);
  dot_rows({codes, scales, kLength}, units, kVectors, Accumulation::exact, dots.data(), kStride);
  for (std::int64_t m = 0; m < kVectors; ++m)
    for (std::int64_t n = 0; n < kStride; ++n)
      EXPECT_EQ(dots[m * kStride + n], n < kRows ? expected(n, m) : -7.0f) << m << "," << n;
}

}  // namespace
}  // namespace assay
