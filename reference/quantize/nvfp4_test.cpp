// SPDX-License-Identifier: Apache-2.0
// NVFP4 quantization, directed: each corner of the recipe (docs/numerics.md section 2) with values
// worked out by hand. nvfp4_model_test compares whole matrices with an independent model.
#include "reference/quantize/nvfp4.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "reference/format/e2m1.hpp"
#include "reference/simd_test.hpp"

namespace assay {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kSmallestF32 = std::numeric_limits<float>::denorm_min();

struct Quantized {
  std::vector<std::uint8_t> codes;  // one element each
  std::vector<std::uint8_t> block_scales;
  float tensor_scale_decode = 0;
  bool operator==(const Quantized&) const = default;
};

// One row, zero-filled to whole blocks; `blocks[b][i]` is element i of block b.
Quantized quantize_on_this_path(const std::vector<std::vector<float>>& blocks) {
  std::vector<float> weights;
  for (const auto& block : blocks) {
    weights.insert(weights.end(), block.begin(), block.end());
    weights.resize((weights.size() + 15) / 16 * 16);
  }
  std::vector<std::uint8_t> bytes(weights.size() / 2);
  Quantized result;
  result.block_scales.resize(weights.size() / 16);
  const auto status =
      quantize_nvfp4_modelopt("w", weights, static_cast<std::int64_t>(weights.size()),
                              {bytes, result.block_scales, &result.tensor_scale_decode});
  EXPECT_TRUE(status) << status.error().message;
  for (const std::uint8_t byte : bytes) {
    result.codes.push_back(byte & 0xF);
    result.codes.push_back(byte >> 4);
  }
  return result;
}

Quantized quantize(const std::vector<std::vector<float>>& blocks) {
  return on_every_path([&] { return quantize_on_this_path(blocks); });
}

// A block that makes the tensor scale exactly 1.
const std::vector<float> kUnitTensorScale{2688.0f};

TEST(Nvfp4, TheTensorScaleIsAmaxOver2688) {
  EXPECT_EQ(nvfp4_tensor_scale_modelopt(2688.0f), 1.0f);
  EXPECT_EQ(nvfp4_tensor_scale_modelopt(1.0f), 0x1.861862p-12f);  // 1/2688 to 24 bits
  EXPECT_EQ(nvfp4_tensor_scale_modelopt(0.0f), 1.0f);
  EXPECT_EQ(nvfp4_tensor_scale_modelopt(1344 * kSmallestF32), 1.0f) << "the quotient ties to zero";
  EXPECT_EQ(nvfp4_tensor_scale_modelopt(1345 * kSmallestF32), kSmallestF32);
}

TEST(Nvfp4, AZeroTensorHasUnitScalesAndZeroCodes) {
  const Quantized q = quantize({{0.0f, -0.0f}, {0.0f}});
  EXPECT_EQ(q.tensor_scale_decode, 1.0f);
  EXPECT_EQ(q.block_scales, (std::vector<std::uint8_t>{0x38, 0x38}));
  EXPECT_EQ(q.codes, std::vector<std::uint8_t>(32, 0x0));
}

TEST(Nvfp4, AZeroBlockHasScaleOne) {
  EXPECT_EQ(quantize({kUnitTensorScale, {0.0f, -0.0f}}).block_scales[1], 0x38);
}

TEST(Nvfp4, ABlockScaleThatUnderflowsBecomesTheSmallestSubnormal) {
  const Quantized q = quantize({kUnitTensorScale, {0x1p-9f}, {1e-30f, -1e-30f}, {0x1.4p-7f}});
  EXPECT_EQ(q.block_scales, (std::vector<std::uint8_t>{0x7E, 0x01, 0x01, 0x01}));
  EXPECT_EQ(q.codes[16], 0x2) << "2^-9 / 2^-9 = 1";
  EXPECT_EQ(q.codes[32], 0x0);
  EXPECT_EQ(q.codes[33], 0x8);
  EXPECT_EQ(q.codes[48], 0x6) << "5 ties to 4";
}

TEST(Nvfp4, BlockScaleTiesGoToEven) {
  const Quantized q = quantize({kUnitTensorScale, {6 * 1.0625f}, {6 * 1.1875f}, {-6 * 1.0625f}});
  EXPECT_EQ(q.block_scales, (std::vector<std::uint8_t>{0x7E, 0x38, 0x3A, 0x38}));
}

// The elements use the rounded scale: 6.375 / 1 saturates, -6.375 too.
TEST(Nvfp4, ElementsBeyondSixSaturate) {
  const Quantized q = quantize({kUnitTensorScale, {6.375f, -6.375f}});
  EXPECT_EQ(q.codes[16], 0x7);
  EXPECT_EQ(q.codes[17], 0xF);
}

// 6.6 / 6 rounds to the scale 1.125; with the unrounded 1.1 the last two would differ.
TEST(Nvfp4, ElementsAreDividedByTheRoundedScale) {
  const Quantized q = quantize({kUnitTensorScale, {6.6f, 0.28f, 0.84f}});
  EXPECT_EQ(q.block_scales[1], 0x39);
  EXPECT_EQ(q.codes[16], 0x7);
  EXPECT_EQ(q.codes[17], 0x0) << "0.28 / 1.125 = 0.2489, 0.28 / 1.1 = 0.2545";
  EXPECT_EQ(q.codes[18], 0x1) << "0.84 / 1.125 = 0.7467, 0.84 / 1.1 = 0.7636";
}

TEST(Nvfp4, ElementTiesGoToEven) {
  const Quantized q = quantize({kUnitTensorScale,
                                {6, .25f, .75f, 1.25f, 1.75f, 2.5f, 3.5f, 5, -.25f, -.75f, -1.25f,
                                 -1.75f, -2.5f, -3.5f, -5, 0.25000003f}});
  const std::vector<std::uint8_t> expected{0x7, 0x0, 0x2, 0x2, 0x4, 0x4, 0x6, 0x6,
                                           0x8, 0xA, 0xA, 0xC, 0xC, 0xE, 0xE, 0x1};
  EXPECT_EQ(std::vector<std::uint8_t>(q.codes.begin() + 16, q.codes.end()), expected);
}

TEST(Nvfp4, MinusZeroGivesPlusZeroAndTinyNegativesKeepTheirSign) {
  const Quantized q = quantize({kUnitTensorScale, {6, -0.0f, -1e-30f, -kSmallestF32, 1e-30f}});
  EXPECT_EQ(q.codes[17], 0x0);
  EXPECT_EQ(q.codes[18], 0x8);
  EXPECT_EQ(q.codes[19], 0x8);
  EXPECT_EQ(q.codes[20], 0x0);
}

TEST(Nvfp4, ANegativeQuotientThatUnderflowsToMinusZeroGivesPlusZero) {
  const Quantized q = quantize({{2688.0f * 4, -kSmallestF32}});
  EXPECT_EQ(q.codes[1], 0x0) << "-2^-149 / (448 * 4) is -0 in binary32";
}

// Found by search; beside each, what the shortcut would give.
TEST(Nvfp4, DivisionsAreNotReplacedByReciprocals) {
  const Quantized element = quantize({{7, 0x1.755558p+0f}});
  EXPECT_EQ(element.codes[1], 0x2) << "w * (1 / step) gives 0x3";
  const Quantized scale = quantize({{3}, {0x1.56db7p-12f}});
  EXPECT_EQ(scale.block_scales[1], 0x14) << "b / 6 / s2, b * (1/6) / s2, b * (1 / 6s2) give 0x15";
}

TEST(Nvfp4, HugeWeightsStayFinite) {
  const Quantized q = quantize({{3e38f, -3e38f}, {1.5e38f}});
  EXPECT_EQ(q.tensor_scale_decode, 3e38f / 2688);
  EXPECT_EQ(q.block_scales, (std::vector<std::uint8_t>{0x7E, 0x76}));
  EXPECT_EQ(q.codes[0], 0x7);
  EXPECT_EQ(q.codes[1], 0xF);
  EXPECT_EQ(q.codes[16], 0x7);
}

TEST(Nvfp4, SubnormalWeightsAreNotFlushed) {
  const Quantized q = quantize({{2688 * 4 * kSmallestF32, -1344 * 4 * kSmallestF32}});
  EXPECT_EQ(q.tensor_scale_decode, 4 * kSmallestF32);
  EXPECT_EQ(q.block_scales[0], 0x7E);
  EXPECT_EQ(q.codes[0], 0x7);
  EXPECT_EQ(q.codes[1], 0xD);
  const Quantized smallest = quantize({{kSmallestF32, -kSmallestF32}});
  EXPECT_EQ(smallest.tensor_scale_decode, 1.0f);
  EXPECT_EQ(smallest.block_scales[0], 0x38) << "2^-149 / 6 is zero";
  EXPECT_EQ(smallest.codes[1], 0x8);
}

// block_scale * tensor_scale may be zero; w / 0 is infinite and 0 / 0 is NaN, which converts to +6.
TEST(Nvfp4, AStepThatUnderflowsToZeroFollowsIeeeDivision) {
  const Quantized q = quantize({{2688 * kSmallestF32}, {kSmallestF32, -kSmallestF32, 0.0f, -0.0f}});
  EXPECT_EQ(q.block_scales[1], 0x23) << "1/6";
  EXPECT_EQ(q.codes[16], 0x7);
  EXPECT_EQ(q.codes[17], 0xF);
  EXPECT_EQ(q.codes[18], 0x7);
  EXPECT_EQ(q.codes[19], 0x7);
}

TEST(Nvfp4, AWeightThatIsNotFiniteIsAnErrorNamingItsIndex) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {nan, -nan, kInfinity, -kInfinity}) {
    std::vector<float> weights(64, 1.0f);
    weights[37] = bad;
    weights[50] = bad;
    std::vector<std::uint8_t> codes(32), block_scales(4);
    float tensor_scale = 0;
    const Status status =
        quantize_nvfp4_modelopt("fc_up_weights", weights, 32, {codes, block_scales, &tensor_scale});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::invalid_vectors);
    EXPECT_EQ(status.error().message,
              fmt::format("fc_up_weights[37] = {}: a weight must be finite", bad));
  }
}

TEST(Nvfp4, ARowLengthThatIsNoMultipleOf16IsAnError) {
  for (const std::int64_t columns : {std::int64_t{24}, std::int64_t{0}, std::int64_t{-16}}) {
    float tensor_scale = 0;
    const Status status = quantize_nvfp4_modelopt("w", {}, columns, {{}, {}, &tensor_scale});
    ASSERT_FALSE(status) << columns;
    EXPECT_EQ(status.error().message,
              fmt::format("w: {} columns: must be a positive multiple of 16", columns));
  }
}

TEST(Nvfp4, DequantizingMultipliesTheScalesFirst) {
  const std::vector<std::uint8_t> codes{0x85, 0x7F, 0, 0, 0, 0, 0, 0};
  const std::vector<std::uint8_t> block_scales{0x3B};  // 1.375
  const float tensor_scale = 0x1.00000ep0f;
  const float step = 0x1.600014p0f;  // 1.375 * (1 + 7 * 2^-23) to 24 bits
  const std::vector<float> values = on_every_path([&] {
    std::vector<float> dequantized(16);
    dequantize_nvfp4(codes, block_scales, tensor_scale, dequantized);
    return dequantized;
  });
  EXPECT_EQ(values[0], 3 * step);
  EXPECT_NE(values[0], (3 * 1.375f) * tensor_scale) << "the input does not tell them apart";
  EXPECT_EQ(values[1], 0.0f);
  EXPECT_TRUE(std::signbit(values[1]));
  EXPECT_EQ(values[2], -6 * step);
  EXPECT_EQ(values[3], 6 * step);
}

}  // namespace
}  // namespace assay
