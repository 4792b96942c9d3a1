// SPDX-License-Identifier: Apache-2.0
// DynamicQuantize against a model of the rule of docs/quantization.md, block by block, in binary64
// with every rounding to binary32 written out (Figueroa 1995), and against known answers. What
// TensorRT itself computes is not documented; these tests hold the rule, not the hardware.
#include "reference/quantize/dynamic.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "reference/quantize/mx_oracle.hpp"

namespace assay {
namespace {

using Extents = std::vector<std::int64_t>;
using Bytes = std::vector<std::uint8_t>;
const Model& kE2m1Model = kModels[0];
const Model& kE4m3Model = kModels[1];

float divided(float a, float b) {
  return static_cast<float>(static_cast<double>(a) / static_cast<double>(b));
}

struct Nvfp4 {
  Bytes codes;
  Bytes block_scales;
};

Nvfp4 nvfp4(const std::vector<float>& values, float double_quant_scale) {
  const BlockGrid grid =
      *make_block_grid("x", {1, static_cast<std::int64_t>(values.size())}, Extents{1, 16});
  Nvfp4 result{Bytes(values.size() / 2), Bytes(values.size() / 16)};
  const Status status = dynamic_quantize_nvfp4("x", grid, values, double_quant_scale, result.codes,
                                               result.block_scales);
  EXPECT_TRUE(status) << status.error().message;
  return result;
}

// Blocks whose amax / 6 / double_quant_scale lies on, below and above ties of the scale code, and
// over the ends of its range; elements at random and on ties of E2M1.
std::vector<float> nvfp4_blocks(std::mt19937& random, float double_quant_scale) {
  std::uniform_real_distribution<float> fraction(-1, 1);
  std::uniform_int_distribution<int> code(0, 0x7D);
  std::vector<float> values;
  for (int block = 0; block < 2000; ++block) {
    const int lower = code(random);
    const double tie = (decode_e4m3(lower) + decode_e4m3(lower + 1)) / 2;
    const double factor = block % 5 == 0 ? std::ldexp(1, block % 40 - 20) : 1;
    float amax = static_cast<float>(tie * factor) * 6 * double_quant_scale;
    for (int step = 0; step < block % 3; ++step) {
      amax = std::nextafter(amax, 1e30f);
    }
    for (int i = 0; i < 15; ++i) {
      const double on_tie = (decode_e2m1(i % 7) + decode_e2m1(i % 7 + 1)) / 2;
      values.push_back(i < 7 ? static_cast<float>(on_tie * decode_e4m3(lower)) * double_quant_scale
                             : fraction(random) * amax);
    }
    values.push_back(block % 2 == 0 ? amax : -amax);
  }
  return values;
}

TEST(DynamicNvfp4, ScalesAndElementsFollowTheRule) {
  std::mt19937 random(31);
  for (const float double_quant_scale : {1.0f, 0.0371f, 0x1p-9f, 3e-39f, 7e20f}) {
    const std::vector<float> values = nvfp4_blocks(random, double_quant_scale);
    const Nvfp4 actual = nvfp4(values, double_quant_scale);
    for (std::size_t i = 0; i < values.size(); ++i) {
      float amax = 0;
      for (std::size_t j = i / 16 * 16; j < i / 16 * 16 + 16; ++j) {
        amax = std::max(amax, std::fabs(values[j]));
      }
      const float ratio = divided(divided(amax, 6), double_quant_scale);
      const int scale = nearest_code(kE4m3Model, ratio);
      ASSERT_EQ(actual.block_scales[i / 16], scale) << "block " << i / 16;
      const auto step = static_cast<float>(decode_e4m3(scale) * double_quant_scale);
      const float quotient = step == 0 ? std::copysign(0.0f, values[i]) : divided(values[i], step);
      const int code = i % 2 == 0 ? actual.codes[i / 2] & 0xF : actual.codes[i / 2] >> 4;
      ASSERT_EQ(code, nearest_code(kE2m1Model, quotient)) << "element " << i;
    }
  }
}

TEST(DynamicNvfp4, KnownAnswers) {
  std::vector<float> values(32, 0.0f);
  values[0] = 6.0f;
  values[1] = -5.0f;  // a tie, to 4
  values[2] = 0.75f;  // a tie, to 1
  values[3] = -0.0f;
  values[16] = 1e9f;  // saturates the scale
  const Nvfp4 actual = nvfp4(values, 1.0f);
  EXPECT_EQ(actual.block_scales, (Bytes{0x38, 0x7E}));
  EXPECT_EQ(actual.codes[0], 0xE7);
  EXPECT_EQ(actual.codes[1], 0x82);
}

// amax / 6 is rounded to binary32 before it is divided: one division by 6 * double_quant_scale and
// a reciprocal give other scale codes for these values.
TEST(DynamicNvfp4, TheScaleTakesTwoDivisions) {
  int differs_from_one_division = 0;
  int differs_from_reciprocal = 0;
  for (int i = 0; i < 126; ++i) {
    for (float dq = 0.01f; dq < 0.02f; dq += 0.0007f) {
      const double tie = (decode_e4m3(i) + decode_e4m3(i + 1)) / 2;
      const float amax = static_cast<float>(tie) * (6 * dq);
      const std::uint8_t scale = nvfp4(std::vector<float>(16, amax), dq).block_scales[0];
      differs_from_one_division += scale != nearest_code(kE4m3Model, divided(amax, 6 * dq));
      differs_from_reciprocal += scale != nearest_code(kE4m3Model, amax * (1.0f / 6) * (1 / dq));
      ASSERT_EQ(scale, nearest_code(kE4m3Model, divided(divided(amax, 6), dq)));
    }
  }
  EXPECT_GT(differs_from_one_division, 0);
  EXPECT_GT(differs_from_reciprocal, 0);
}

TEST(DynamicNvfp4, BlocksOfZerosAndUnderflowingBlocksGiveSignedZeros) {
  std::vector<float> values(32, 0.0f);
  values[1] = -0.0f;
  for (std::size_t i = 16; i < 32; ++i) {
    values[i] = i % 2 == 0 ? 6 * 0x1p-10f : -0x1p-12f;  // amax / 6 on the tie of 0 and 2^-9: to 0
  }
  const Nvfp4 actual = nvfp4(values, 1.0f);
  EXPECT_EQ(actual.block_scales, (Bytes{0x00, 0x00}));
  EXPECT_EQ(actual.codes[0], 0x80);
  EXPECT_EQ(actual.codes[1], 0x00);
  for (std::size_t i = 8; i < 16; ++i) {
    EXPECT_EQ(actual.codes[i], 0x80);
  }
  // The largest block that underflows, under the largest scale.
  constexpr float kMax = std::numeric_limits<float>::max();
  EXPECT_EQ(nvfp4(std::vector<float>(16, kMax / 171), kMax).codes, Bytes(8, 0x00));
}

TEST(DynamicNvfp4, TheSecondToLastDimensionIsCutInColumns) {
  const BlockGrid grid = *make_block_grid("x", {16, 2}, Extents{16, 1});
  std::vector<float> values(32, 0.5f);
  values[6] = 6.0f;     // row 3, column 0
  values[31] = -12.0f;  // row 15, column 1
  Bytes codes(16);
  Bytes scales(2);
  ASSERT_TRUE(dynamic_quantize_nvfp4("x", grid, values, 1.0f, codes, scales));
  EXPECT_EQ(scales, (Bytes{0x38, 0x40}));
  EXPECT_EQ(codes[0], 0x01) << "0.5 / 1 and 0.5 / 2, a tie to zero";
  EXPECT_EQ(codes[3], 0x07);
  EXPECT_EQ(codes[15], 0xF1);
}

TEST(DynamicMxfp8, ScalesAndElementsFollowTheMode) {
  const BlockGrid grid = *make_block_grid("x", {1, 64}, Extents{1, 32});
  std::vector<float> values(64, 1.0f);
  values[0] = 500.0f;
  values[40] = -3.0f;
  for (const ScaleMode mode : kScaleModes) {
    Bytes codes(64);
    Bytes scales(2);
    ASSERT_TRUE(dynamic_quantize_mxfp8("x", grid, values, mode, codes, scales));
    for (std::size_t i = 0; i < 64; ++i) {
      const int scale = model_scale(mode, kE4m3Model, i < 32 ? 500.0f : 3.0f);
      ASSERT_EQ(scales[i / 32], scale);
      const double scaled = std::ldexp(static_cast<double>(values[i]), 127 - scale);
      ASSERT_EQ(codes[i], nearest_code(kE4m3Model, scaled)) << scale_mode_name(mode) << i;
    }
  }
}

TEST(DynamicFp8, TwoDimensionalBlocksHaveTheirOwnScales) {
  const BlockGrid grid = *make_block_grid("x", {4, 4}, Extents{2, 2});
  const std::vector<float> values = {1, -7,     0, -0.0f,  //
                                     3, 2,      0, 0,      //
                                     5, 1e-45f, 1, 2,      //
                                     4, 4,      3, 448};
  Bytes codes(16);
  std::vector<float> scales(4);
  ASSERT_TRUE(dynamic_quantize_fp8("x", grid, values, codes, scales));
  EXPECT_EQ(scales, (std::vector<float>{divided(7, 448), 1, divided(5, 448), 1}));
  EXPECT_EQ(codes[1], 0xFE);
  EXPECT_EQ(codes[3], 0x80);
  EXPECT_EQ(codes[15], 0x7E);
  for (std::size_t i = 0; i < 16; ++i) {
    const float scale = scales[i / 8 * 2 + i % 4 / 2];
    EXPECT_EQ(codes[i], nearest_code(kE4m3Model, divided(values[i], scale))) << i;
  }
}

TEST(DynamicFp8, TheScaleIsAQuotient) {
  const BlockGrid grid = *make_block_grid("x", {1000}, Extents{1});
  std::vector<float> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = 1.0f + static_cast<float>(i) * 0x1p-20f;
  }
  Bytes codes(1000);
  std::vector<float> scales(1000);
  ASSERT_TRUE(dynamic_quantize_fp8("x", grid, values, codes, scales));
  int differs_from_reciprocal = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(scales[i], divided(values[i], 448));
    differs_from_reciprocal += scales[i] != values[i] * (1.0f / 448);
  }
  EXPECT_GT(differs_from_reciprocal, 0);
}

TEST(DynamicFp8, AScaleThatUnderflowsIsOne) {
  const BlockGrid grid = *make_block_grid("x", {2}, Extents{-1});
  Bytes codes(2);
  std::vector<float> scale(1);
  ASSERT_TRUE(dynamic_quantize_fp8("x", grid, std::vector<float>{1e-45f, -1e-45f}, codes, scale));
  EXPECT_EQ(scale[0], 1.0f);
  EXPECT_EQ(codes, (Bytes{0x00, 0x80}));
}

TEST(Dynamic, ErrorsNameTensorIndexAndRule) {
  const BlockGrid grid = *make_block_grid("act", {1, 32}, Extents{1, 16});
  std::vector<float> values(32, 1.0f);
  Bytes codes(16);
  Bytes scales(2);
  const auto quantize = [&](const BlockGrid& cut, float dq) {
    const Status status = dynamic_quantize_nvfp4("act", cut, values, dq, codes, scales);
    return status ? std::string() : status.error().message;
  };
  EXPECT_EQ(quantize(grid, 1.0f), "");
  EXPECT_EQ(quantize(grid, 0.0f),
            "act: double quantization scale 0: it must be finite and greater than 0");
  EXPECT_NE(quantize(grid, std::numeric_limits<float>::infinity()), "");
  const BlockGrid wide = *make_block_grid("act", {1, 32}, Extents{1, 32});
  EXPECT_EQ(quantize(wide, 1.0f),
            "act: blocks must be 16 along the last or second-to-last dimension, 1 elsewhere");
  EXPECT_NE(quantize(*make_block_grid("act", {16, 1, 2}, Extents{16, 1, 1}), 1.0f), "");
  values[17] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(quantize(grid, 1.0f), "act[17] = inf: it must be finite");
  values[17] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(quantize(grid, 1.0f), "");
}

TEST(Dynamic, SpansOfOtherSizesAreRefused) {
  const BlockGrid grid = *make_block_grid("x", {1, 32}, Extents{1, 16});
  const std::vector<float> values(32, 1.0f);
  Bytes codes(16);
  Bytes scales(2);
  const std::span<const float> all(values);
  EXPECT_FALSE(dynamic_quantize_nvfp4("x", grid, all.first(31), 1, codes, scales));
  EXPECT_FALSE(dynamic_quantize_nvfp4("x", grid, all, 1, std::span(codes).first(15), scales));
  EXPECT_FALSE(dynamic_quantize_nvfp4("x", grid, all, 1, codes, std::span(scales).first(1)));
}

}  // namespace
}  // namespace assay
