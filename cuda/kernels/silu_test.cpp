// SPDX-License-Identifier: Apache-2.0
// The device's silu on the host where it is hard. Oracles: the mathematics of the function, as a
// test says, and reference/arithmetic/silu_oracle.hpp. silu_exhaustive_test.cpp has every input.
#include <cmath>

#include <gtest/gtest.h>

#include "cuda/kernels/silu_sweep.hpp"
#include "reference/arithmetic/silu_oracle.hpp"

namespace assay::kernels {
namespace {

void expect_silu(std::uint32_t expected, std::uint32_t x) {
  EXPECT_EQ(expected, bits_of(silu(from_bits(x)))) << std::hexfloat << "x = " << from_bits(x);
}

TEST(DeviceSilu, ZerosKeepTheirSign) {
  expect_silu(0x00000000, 0x00000000);
  expect_silu(0x80000000, 0x80000000);
}

TEST(DeviceSilu, InfinitiesGiveTheirLimits) {
  expect_silu(0x7f800000, 0x7f800000);
  expect_silu(0x80000000, 0xff800000);
}

TEST(DeviceSilu, EveryKindOfNanGivesTheQuietNan) {
  for (const std::uint32_t nan : {0x7fc00000u, 0xffc00000u, 0x7f800001u, 0xffffffffu, 0x7fffffffu})
    expect_silu(0x7fc00000, nan);
}

// silu(x) = x/2 + x^2/4 - ... lies just above x/2: ties of x/2 go up.
TEST(DeviceSilu, SubnormalTiesGoTowardsPositiveInfinity) {
  expect_silu(0x00000001, 0x00000001);
  expect_silu(0x80000000, 0x80000001);
  expect_silu(0x00000002, 0x00000003);
  expect_silu(0x80000001, 0x80000003);
  expect_silu(0x00800000, 0x00ffffff);
  expect_silu(0x807fffff, 0x80ffffff);
}

TEST(DeviceSilu, HardInputsNeedBinary64AndRoundAsMpfrSays) {
  MpfrSilu mpfr;
  for (const std::uint32_t bits : kHardSiluInputs) {
    EXPECT_FALSE(detail::silu_attempt(from_bits(bits)).decided);
    expect_silu(bits_of(mpfr(from_bits(bits))), bits);
  }
}

// Some of the hard results are nearer to a boundary than a binary64 is to its neighbours: rounded
// to nearest, they would become the boundary, and which way that is rounded would be luck.
TEST(DeviceSilu, NoHardInputIsATieBeforeTheLastRounding) {
  for (const std::uint32_t bits : kHardSiluInputs) {
    const double y = detail::silu_to_odd(from_bits(bits));
    for (const float end : {-HUGE_VALF, HUGE_VALF}) {
      const auto rounded = static_cast<float>(y);
      EXPECT_NE((double{rounded} + std::nextafter(rounded, end)) / 2, y) << std::hex << bits;
    }
  }
}

// silu itself, which sweeps replace by its two ways; both signs of every binade.
TEST(DeviceSilu, ResultsRoundAsTheOracleSaysInEveryBinade) {
  MpfrSilu mpfr;
  for (std::uint64_t bits = 1; bits < std::uint64_t{1} << 32; bits += 99991) {
    const auto x = static_cast<std::uint32_t>(bits);
    expect_silu(bits_of(expected_silu(from_bits(x), mpfr)), x);
  }
}

// 1 + 2^-24 is the tie between 1 and its successor: the low word decides, as the real sum does.
TEST(DeviceRoundToOdd, LowWordDecidesATieOfBinary32) {
  constexpr float next = 1 + 0x1p-23f;
  constexpr double tie = 1 + 0x1p-24;
  for (const float sign : {1.0f, -1.0f}) {
    EXPECT_EQ(sign * next, static_cast<float>(detail::round_to_odd({sign * tie, sign * 0x1p-80})));
    EXPECT_EQ(sign * 1, static_cast<float>(detail::round_to_odd({sign * tie, sign * -0x1p-80})));
    EXPECT_EQ(sign * 1, static_cast<float>(detail::round_to_odd({sign * tie, 0.0})));
  }
}

// What the pair's words overlap in belongs to the sum.
TEST(DeviceRoundToOdd, WordsMayOverlap) {
  EXPECT_EQ(1 + 0x1p-52, detail::round_to_odd({1.0, 0x1p-52}));
  EXPECT_EQ(1 + 0x1p-52, detail::round_to_odd({1.0, 0x1.4p-52}));
  EXPECT_EQ(1 + 0x1p-51 + 0x1p-52, detail::round_to_odd({1 + 0x1p-52, 0x1.8p-52}));
}

}  // namespace
}  // namespace assay::kernels
