// SPDX-License-Identifier: Apache-2.0
// Both sides of the limits that docs/numerics.md, section 4, states. Oracles: __int128 and MPFR
// (dot_oracle.hpp).
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "reference/arithmetic/dot_test.hpp"

namespace assay {
namespace {

using namespace dot_test;

Dot all_max(std::size_t length) {
  return {std::vector<std::uint8_t>(length, kMax), std::vector<std::uint8_t>(length, kMaxE2m1),
          std::vector<std::uint8_t>(length / 16, kMax)};
}

// The largest sum of 892 blocks passes 2^53 units; one odd unit in block 893 then needs a 54th bit.
Dot counterexample_14288() {
  Dot dot = all_max(14288);
  for (std::size_t k = 14272; k < 14288; ++k)
    dot.x[k] = 0;
  dot.x[14287] = 0x01;
  dot.w[14287] = 0x1;
  dot.s[892] = 0x01;
  return dot;
}

TEST(BlockDotLimits, TheSumOfK14288NeedNotFitBinary64) {
  const Dot dot = counterexample_14288();
  const auto units = static_cast<std::int64_t>(dot.exact_units());
  EXPECT_NE(static_cast<std::int64_t>(static_cast<double>(units)), units);
  expect_equal_to_oracle(dot);
}

// Appends a block whose only product is 2^power units of 2^-19.
void append_power_of_two(Dot& dot, int power) {
  const int x_power = std::min(power, 17);
  const int s_power = std::min(power - x_power, 17);
  const int w_power = power - x_power - s_power;
  const std::size_t k = dot.x.size();
  dot.x.resize(k + 16);
  dot.w.resize(k + 16);
  const auto e4m3_of = [](int p) { return f32_to_e4m3(std::ldexp(1.0f, p - 9)); };
  dot.x[k] = e4m3_of(x_power);
  dot.s.push_back(e4m3_of(s_power));
  dot.w[k] = f32_to_e2m1(std::ldexp(1.0f, w_power - 1));
}

// A sum one unit above a tie of binary32: binary64 drops that unit and then rounds the tie down.
Dot one_unit_above_a_tie() {
  const std::int64_t tie = (std::int64_t{1} << 53) + (std::int64_t{1} << 29);
  const std::int64_t max_block = std::int64_t{16} * 229376 * 12 * 229376;
  Dot dot = all_max(static_cast<std::size_t>(tie / max_block * 16));
  const std::int64_t rest = tie % max_block;
  for (int power = 43; power >= 0; --power)
    for (int i = power > 36 ? 1 << (power - 36) : 1; (rest >> power) & 1 && i > 0; --i)
      append_power_of_two(dot, std::min(power, 36));
  append_power_of_two(dot, 0);
  return dot;
}

TEST(BlockDotLimits, BeyondTheBinary64LimitASumInBinary64RoundsWrong) {
  const Dot dot = one_unit_above_a_tie();
  double binary64 = 0;
  for (std::size_t k = 0; k < dot.x.size(); ++k)
    binary64 += static_cast<double>(static_cast<std::int64_t>(dot.term(k)));
  const float wrong = static_cast<float>(binary64) * 0x1p-19f;
  expect_equal_to_oracle(dot);
  EXPECT_EQ(std::nextafter(wrong, INFINITY), run(dot, Accumulation::exact));
}

// Row 0 reaches the largest sum, 448 * 6 * 448 * 2^23; row 1 cancels it in its second half.
TEST(BlockDotLimits, TheLongestDotIsExact) {
  constexpr std::size_t kLength = kMaxDotLength;
  std::vector<std::uint8_t> codes(kLength, 0x77);
  std::fill_n(codes.end() - kLength / 4, kLength / 4, std::uint8_t{0xFF});
  const std::vector<std::uint8_t> scales(kLength / 8, kMax);
  const std::vector<std::int32_t> x_units(kLength, e4m3_to_units(kMax));
  float dots[2] = {-1, -1};
  dot_rows({codes, scales, kMaxDotLength}, x_units, 1, Accumulation::exact, dots, 2);
  EXPECT_EQ(dots[0], 448.0f * 6 * 448 * 0x1p23f);
  EXPECT_EQ(bits(dots[1]), 0u);
}

// 15 largest products and one odd unit: 26 bits, so fl(d_b) rounds before the scale is applied.
TEST(BlockDotLimits, BlockFmaRoundsTheBlockDotBeforeTheScale) {
  Dot dot = zeros(32);
  std::fill_n(dot.x.begin(), 15, kMax);
  std::ranges::fill(dot.w, kMaxE2m1);
  dot.x[15] = 0x01;
  dot.w[15] = 0x1;
  dot.s = {0x01, 0x01};
  std::fill_n(dot.x.begin() + 16, 15, static_cast<std::uint8_t>(kMax | 0x80));
  expect_equal_to_oracle(dot);
  EXPECT_EQ(run(dot, Accumulation::exact), 0x1p-19f);
  EXPECT_EQ(run(dot, Accumulation::block_fma), 0.0f);
}

TEST(BlockDotLimits, ZeroSumsArePositiveZero) {
  Dot dot = zeros(32);
  std::ranges::fill(dot.x, 0x80);
  std::ranges::fill(dot.w, kMaxE2m1);
  std::ranges::fill(dot.s, kMax);
  EXPECT_EQ(bits(run(dot, Accumulation::exact)), 0u);
  EXPECT_EQ(bits(run(dot, Accumulation::block_fma)), 0u);
}

}  // namespace
}  // namespace assay
