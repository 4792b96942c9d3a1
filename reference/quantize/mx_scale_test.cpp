// SPDX-License-Identifier: Apache-2.0
// The E8M0 scales of the four modes against mx_oracle.hpp and known answers.
#include <bit>

#include <gtest/gtest.h>

#include "reference/quantize/mx.hpp"
#include "reference/quantize/mx_oracle.hpp"

namespace assay {
namespace {

TEST(MxScale, EveryModeAgreesWithItsFormulaBesideEveryThreshold) {
  for (const Model& model : kModels) {
    for (const ScaleMode mode : kScaleModes) {
      for (const float amax : interesting_amax()) {
        ASSERT_EQ(mx_block_scale(mode, model.element, amax), model_scale(mode, model, amax))
            << scale_mode_name(mode) << " " << model.max << " " << std::hexfloat << amax;
      }
    }
  }
}

TEST(MxScale, KnownAnswers) {
  const auto e2m1 = [](ScaleMode mode, float amax) {
    return mx_block_scale(mode, Format::e2m1, amax) - 127;
  };
  EXPECT_EQ(e2m1(ScaleMode::floor, 6.0f), 0);
  EXPECT_EQ(e2m1(ScaleMode::ceil, 6.0f), 1);
  EXPECT_EQ(e2m1(ScaleMode::even, 6.0f), 0);
  EXPECT_EQ(e2m1(ScaleMode::rceil, 6.0f), 0);
  EXPECT_EQ(e2m1(ScaleMode::rceil, 0x1.800002p2f), 1);
  EXPECT_EQ(e2m1(ScaleMode::even, 0x1.bffffep2f), 0);
  EXPECT_EQ(e2m1(ScaleMode::even, 7.0f), 1) << "the tie rounds up";
  EXPECT_EQ(e2m1(ScaleMode::ceil, 4.0f), 0);
  EXPECT_EQ(e2m1(ScaleMode::rceil, 4.0f), 0);
  EXPECT_EQ(e2m1(ScaleMode::rceil, 3.0f), -1);
  const auto e4m3 = [](ScaleMode mode, float amax) {
    return mx_block_scale(mode, Format::e4m3, amax) - 127;
  };
  EXPECT_EQ(e4m3(ScaleMode::floor, 500.0f), 0);
  EXPECT_EQ(e4m3(ScaleMode::ceil, 448.0f), 1);
  EXPECT_EQ(e4m3(ScaleMode::even, 495.99f), 0);
  EXPECT_EQ(e4m3(ScaleMode::even, 496.0f), 1);
  EXPECT_EQ(e4m3(ScaleMode::rceil, 448.0f), 0);
  EXPECT_EQ(e4m3(ScaleMode::rceil, 449.0f), 1);
}

TEST(MxScale, TheEndsOfTheRange) {
  for (const Model& model : kModels) {
    for (const ScaleMode mode : kScaleModes) {
      EXPECT_EQ(mx_block_scale(mode, model.element, 0.0f), 0x00);
      EXPECT_EQ(mx_block_scale(mode, model.element, kDenormMin), 0x00);
    }
    const int top = 127 - model.max_exponent;
    EXPECT_EQ(mx_block_scale(ScaleMode::floor, model.element, kFloatMax), top + 127);
    EXPECT_EQ(mx_block_scale(ScaleMode::ceil, model.element, kFloatMax), top + 128);
    EXPECT_EQ(mx_block_scale(ScaleMode::even, model.element, kFloatMax), top + 128);
    EXPECT_EQ(mx_block_scale(ScaleMode::rceil, model.element, kFloatMax), top + 128);
  }
  // b / 6 = 2^-127 exactly, and one unit in the last place of b more: the quotient still rounds to
  // 2^-127; two units round to the next subnormal.
  EXPECT_EQ(mx_block_scale(ScaleMode::rceil, Format::e2m1, 0x1.8p-125f), 0x00);
  EXPECT_EQ(mx_block_scale(ScaleMode::rceil, Format::e2m1, 0x1.800002p-125f), 0x00);
  EXPECT_EQ(mx_block_scale(ScaleMode::rceil, Format::e2m1, 0x1.800004p-125f), 0x01);
}

// Transformer Engine, FlashInfer and torchao multiply by the reciprocal where cuBLAS divides. Both
// are monotone in b, so equal codes at the first and last b of every code are equal codes
// everywhere.
TEST(MxScale, RceilIsTheSameWithTheCorrectlyRoundedReciprocal) {
  for (const Model& model : kModels) {
    const float reciprocal = 1 / static_cast<float>(model.max);
    const auto by_reciprocal = [&](std::uint32_t bits) {
      const auto product = std::bit_cast<float>(bits) * reciprocal;
      const int exponent = product == 0 ? -127 : ceil_log2(static_cast<double>(product));
      return std::max(exponent, -127) + 127;
    };
    std::uint32_t first = 0;
    while (first < 0x7F800000) {
      const int code = mx_block_scale(ScaleMode::rceil, model.element, std::bit_cast<float>(first));
      std::uint32_t low = first;
      std::uint32_t high = 0x7F800000;  // the first b that gives more
      while (high - low > 1) {
        const std::uint32_t middle = low + (high - low) / 2;
        const auto amax = std::bit_cast<float>(middle);
        (mx_block_scale(ScaleMode::rceil, model.element, amax) == code ? low : high) = middle;
      }
      ASSERT_EQ(by_reciprocal(first), code) << std::hex << first;
      ASSERT_EQ(by_reciprocal(low), code) << std::hex << low;
      first = high;
    }
  }
}

TEST(ScaleMode, NamesParseAndUnknownOnesNameTheNearest) {
  for (const ScaleMode mode : kScaleModes) {
    EXPECT_EQ(parse_scale_mode(scale_mode_name(mode)), mode);
  }
  const auto unknown = parse_scale_mode("flor");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::usage);
  EXPECT_EQ(unknown.error().message,
            "unknown scale mode \"flor\"; known: floor, ceil, even, rceil"
            " (did you mean \"floor\"?)");
}

}  // namespace
}  // namespace assay
