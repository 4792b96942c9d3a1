// SPDX-License-Identifier: Apache-2.0
// silu where it is hard: special values, ties among the subnormals, underflow, the inputs whose
// results lie nearest to a rounding boundary, and the borders of the implementation's ranges.
// Outside oracle: MPFR, and the mathematics of the function where a test says so.
// silu_mpfr_test.cpp has every input.
#include "reference/arithmetic/silu.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "reference/arithmetic/silu_double_double.hpp"
#include "reference/arithmetic/silu_oracle.hpp"

namespace assay {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kSmallest = std::numeric_limits<float>::denorm_min();

void expect_silu(std::uint32_t expected, float x) {
  EXPECT_EQ(expected, bits_of(silu(x))) << std::hexfloat << "x = " << x;
}

void expect_as_mpfr(float x) {
  static MpfrSilu oracle;
  expect_silu(bits_of(oracle(x)), x);
}

// log2 of the relative error of silu_double_double; silu's bits cannot show it, since binary64
// happens to round every input as it should.
double log2_error(float x) {
  const DoubleDouble y = silu_double_double(x);
  mpfr_t real, error;
  mpfr_inits2(320, real, error, nullptr);
  mpfr_set_flt(real, -x, MPFR_RNDN);
  mpfr_exp(real, real, MPFR_RNDN);
  mpfr_add_ui(real, real, 1, MPFR_RNDN);
  mpfr_d_div(real, static_cast<double>(x), real, MPFR_RNDN);
  mpfr_d_sub(error, y.high, real, MPFR_RNDN);
  mpfr_add_d(error, error, y.low, MPFR_RNDN);
  mpfr_div(error, error, real, MPFR_RNDN);
  const double result = std::log2(std::fabs(mpfr_get_d(error, MPFR_RNDN)));
  mpfr_clears(real, error, nullptr);
  return result;
}

TEST(MpfrSilu, RoundsToSubnormalsOnce) {
  mpfr_t half_ulp;
  mpfr_init2(half_ulp, 64);
  mpfr_set_d(half_ulp, 0x1p-150, MPFR_RNDN);
  EXPECT_EQ(0.0f, mpfr_get_flt(half_ulp, MPFR_RNDN));
  mpfr_nextabove(half_ulp);
  EXPECT_EQ(kSmallest, mpfr_get_flt(half_ulp, MPFR_RNDN));
  mpfr_clear(half_ulp);
}

TEST(Silu, ZerosKeepTheirSign) {
  expect_silu(0x00000000, 0.0f);
  expect_silu(0x80000000, -0.0f);
}

TEST(Silu, InfinitiesGiveTheirLimits) {
  expect_silu(0x7f800000, kInfinity);
  expect_silu(0x80000000, -kInfinity);
}

TEST(Silu, EveryKindOfNanGivesTheQuietNan) {
  for (const std::uint32_t nan : {0x7fc00000u, 0xffc00000u, 0x7f800001u, 0xffffffffu, 0x7fffffffu})
    expect_silu(0x7fc00000, from_bits(nan));
}

TEST(Silu, LargestFiniteInputsGiveThemselvesAndMinusZero) {
  constexpr float largest = std::numeric_limits<float>::max();
  expect_silu(bits_of(largest), largest);
  expect_silu(0x80000000, -largest);
}

// silu(x) = x/2 + x^2/4 - ... lies just above x/2: ties of x/2 go up.
TEST(Silu, SubnormalTiesGoTowardsPositiveInfinity) {
  expect_silu(bits_of(kSmallest), kSmallest);
  expect_silu(0x80000000, -kSmallest);
  expect_silu(bits_of(2 * kSmallest), 3 * kSmallest);
  expect_silu(bits_of(-kSmallest), -3 * kSmallest);
}

TEST(Silu, SubnormalInputsRoundAsMpfrSays) {
  for (std::uint32_t bits = 1; bits < 0x01800000; bits += bits < 1000 ? 1 : 4099)
    for (const float x : {from_bits(bits), -from_bits(bits)})
      expect_as_mpfr(x);
}

TEST(Silu, SubnormalResultsRoundAsMpfrSays) {
  for (float x = -86; x > -110; x = from_bits(bits_of(x) + 601))
    expect_as_mpfr(x);
}

TEST(Silu, HardInputsRoundAsMpfrSays) {
  for (const std::uint32_t bits : kHardSiluInputs)
    expect_as_mpfr(from_bits(bits));
}

TEST(SiluDoubleDouble, ErrorIsBelowItsBound) {
  for (const std::uint32_t bits : kHardSiluInputs)
    EXPECT_LT(log2_error(from_bits(bits)), -98);
  for (std::uint32_t bits = bits_of(0x1p-25f); bits < bits_of(128); bits += 50021)
    for (const float x : {from_bits(bits), -from_bits(bits)})
      EXPECT_LT(log2_error(x), -98) << std::hexfloat << "x = " << x;
}

// 1 + 2^-24 is the tie between 1 and its successor: the low word decides, as the real sum does.
TEST(RoundToOdd, LowWordDecidesATieOfBinary32) {
  constexpr float next = 1 + 0x1p-23f;
  constexpr double tie = 1 + 0x1p-24;
  for (const float sign : {1.0f, -1.0f}) {
    EXPECT_EQ(sign * next, static_cast<float>(round_to_odd({sign * tie, sign * 0x1p-80})));
    EXPECT_EQ(sign * 1, static_cast<float>(round_to_odd({sign * tie, sign * -0x1p-80})));
    EXPECT_EQ(sign * 1, static_cast<float>(round_to_odd({sign * tie, 0})));
  }
}

TEST(Silu, ResultsRoundAsMpfrSaysInEveryBinade) {
  for (std::uint32_t bits = 1; bits < bits_of(0x1p20f); bits += 99991)
    for (const float x : {from_bits(bits), -from_bits(bits)})
      expect_as_mpfr(x);
}

// 2^-25: below, x/2 and a sticky bit. 17.3: above, the result is x. 103.28 and 108.6: below their
// negatives, one half of the smallest subnormal and none. 256: the limit of the exponent.
TEST(Silu, BordersOfRangesRoundAsMpfrSays) {
  std::vector<float> borders{0x1p-126f, 0x1p-25f, 0x1p-24f, 17.328680f, 40, 88.0f,
                             103.28f,   108.6f,   150.0f,   256.0f,     512};
  for (int k = 0; k < 64; ++k)
    borders.push_back((static_cast<float>(k) + 0.5f) * 0x1.62e43p-1f);
  for (const float border : borders)
    for (std::uint32_t bits = bits_of(border) - 2; bits <= bits_of(border) + 2; ++bits)
      for (const float x : {from_bits(bits), -from_bits(bits)})
        expect_as_mpfr(x);
}

// The real function falls until its only minimum, x = -1.27846..., and rises after it.
TEST(Silu, IsMonotonicOnBothSidesOfItsMinimum) {
  const std::uint32_t minimum = bits_of(-1.2784645f);
  for (std::uint32_t bits = minimum - 5000; bits < minimum + 5000; ++bits) {
    const float left = silu(from_bits(bits + 1));
    const float right = silu(from_bits(bits));
    EXPECT_TRUE(bits < minimum ? left <= right : left >= right) << std::hexfloat << from_bits(bits);
  }
}

std::vector<float> mixed_inputs(std::size_t count) {
  std::vector<float> x(count);
  std::uint32_t bits = 12345;
  for (float& v : x)
    v = from_bits(bits = bits * 1664525 + 1013904223);
  if (count > 200) {
    for (std::size_t i = 0; i < std::size(kHardSiluInputs); ++i)
      x[7 * i] = from_bits(kHardSiluInputs[i]);
    for (std::size_t i = 0; i < 16; ++i)
      x[11 * i + 3] = std::ldexp(i % 2 ? -3.0f : 5.0f, -149);
    x[count - 1] = -kInfinity;
  }
  return x;
}

void expect_same_bits_as_scalar(const std::vector<float>& x, const std::vector<float>& y) {
  ASSERT_EQ(x.size(), y.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    EXPECT_EQ(bits_of(silu(x[i])), bits_of(y[i])) << std::hexfloat << "x = " << x[i];
}

TEST(SiluArray, EverySizeHasTheBitsOfTheScalarForm) {
  for (std::size_t count = 0; count < 300; ++count) {
    const std::vector<float> x = mixed_inputs(count);
    std::vector<float> y(count, 7);
    silu(x, y);
    expect_same_bits_as_scalar(x, y);
  }
}

TEST(SiluArray, MayWorkInPlace) {
  const std::vector<float> x = mixed_inputs(1000);
  std::vector<float> y = x;
  silu(y, y);
  expect_same_bits_as_scalar(x, y);
}

}  // namespace
}  // namespace assay
