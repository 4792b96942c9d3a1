// SPDX-License-Identifier: Apache-2.0
// Static FP8 quantization against a model that divides in binary64: rounding such a quotient to
// binary32 is innocuous (Figueroa 1995), so it is an independent correctly rounded division.
#include "reference/quantize/static_fp8.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "reference/format/e4m3.hpp"
#include "reference/simd_test.hpp"

namespace assay {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::uint8_t quantize_one(float value, float scale) {
  return on_every_path([&] {
    std::uint8_t code = 0xA5;
    quantize_static_fp8({&value, 1}, scale, {&code, 1});
    return code;
  });
}

TEST(StaticFp8, DividesAndDoesNotMultiplyByTheReciprocal) {
  const float scale = 0.03f;
  const float value = 0x1.051eb8p-11f;  // value / scale rounds to the tie 17 * 2^-10
  EXPECT_EQ(value / scale, 17 * 0x1p-10f);
  EXPECT_EQ(quantize_one(value, scale), 0x08);
  EXPECT_EQ(f32_to_e4m3(value * (1 / scale)), 0x09) << "the input does not tell the two apart";
}

// The real quotient lies beside a tie, its binary32 rounding on it: the tie rule decides.
TEST(StaticFp8, RoundsTheQuotientToBinary32First) {
  const float scale = 0.01f;
  const float value = 0x1.d70a3cp-13f;
  const double quotient = static_cast<double>(value) / static_cast<double>(scale);
  EXPECT_LT(quotient, 23 * 0x1p-10);
  EXPECT_EQ(quantize_one(value, scale), 0x0C);
}

TEST(StaticFp8, TiesOfExactQuotientsGoToEven) {
  const float scale = 0x1p-3f;
  EXPECT_EQ(quantize_one(1.0625f * scale, scale), 0x38);
  EXPECT_EQ(quantize_one(1.1875f * scale, scale), 0x3A);
  EXPECT_EQ(quantize_one(-1.1875f * scale, scale), 0xBA);
  EXPECT_EQ(quantize_one(464 * scale, scale), 0x7E);
}

TEST(StaticFp8, SpecialValuesFollowTheConversion) {
  EXPECT_EQ(quantize_one(std::numeric_limits<float>::quiet_NaN(), 2.0f), 0x7F);
  EXPECT_EQ(quantize_one(-std::numeric_limits<float>::quiet_NaN(), 2.0f), 0x7F);
  EXPECT_EQ(quantize_one(kInfinity, 2.0f), 0x7E);
  EXPECT_EQ(quantize_one(-kInfinity, 2.0f), 0xFE);
  EXPECT_EQ(quantize_one(3e38f, 1e-30f), 0x7E);
  EXPECT_EQ(quantize_one(-0.0f, 2.0f), 0x80);
  EXPECT_EQ(quantize_one(-1e-40f, 2.0f), 0x80);
  EXPECT_EQ(quantize_one(1e-40f, 1e-40f), 0x38);
}

TEST(StaticFp8, AgreesWithABinary64DivisionOnRandomAndTieAlignedValues) {
  std::mt19937 random(20);
  std::uniform_real_distribution<float> uniform(-2.0f, 2.0f);
  for (const float scale : {0.01f, 0.0371f, 1.0f, 1.7f, 3e-39f, 1e30f}) {
    std::vector<float> values(1031);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto code = static_cast<std::uint8_t>(i % 126);
      const float tie = (e4m3_to_f32(code) + e4m3_to_f32(static_cast<std::uint8_t>(code + 1))) / 2;
      values[i] = (i % 2 == 0 ? tie : uniform(random)) * scale;
    }
    const auto codes = on_every_path([&] {
      std::vector<std::uint8_t> written(values.size());
      quantize_static_fp8(values, scale, written);
      return written;
    });
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double quotient = static_cast<double>(values[i]) / static_cast<double>(scale);
      ASSERT_EQ(codes[i], f32_to_e4m3(static_cast<float>(quotient))) << values[i] << " / " << scale;
    }
  }
}

TEST(StaticFp8, AScaleMustBePositiveAndFinite) {
  EXPECT_TRUE(check_positive_scale("s", 0, 1.0f));
  EXPECT_TRUE(check_positive_scale("s", 0, std::numeric_limits<float>::denorm_min()));
  EXPECT_TRUE(check_positive_scale("s", 0, std::numeric_limits<float>::max()));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float scale : {0.0f, -0.0f, -1.0f, kInfinity, -kInfinity, nan}) {
    EXPECT_FALSE(check_positive_scale("s", 0, scale)) << scale;
  }
}

TEST(StaticFp8, TheScaleErrorNamesTensorIndexAndRule) {
  const Status status = check_positive_scale("fc_down_activation_scale", 3, -2.0f);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::invalid_vectors);
  EXPECT_EQ(status.error().message,
            "fc_down_activation_scale[3] = -2: a scale must be finite and greater than 0");
}

}  // namespace
}  // namespace assay
