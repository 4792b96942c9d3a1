// SPDX-License-Identifier: Apache-2.0
// TensorRT's Quantize and Dequantize against a model that finds each element's scale by its
// coordinates (scale dim_i = coordinate_i / block_i, as the operator page says), divides in
// binary64 (rounding that to binary32 is innocuous: Figueroa 1995) and searches the nearest code.
#include "reference/quantize/blocked.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "reference/quantize/mx_oracle.hpp"

namespace assay {
namespace {

using Extents = std::vector<std::int64_t>;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Cut {
  Extents shape;
  Extents block;
  Extents scale_shape;
};

const std::vector<Cut> kCuts = {{{96}, {-1}, {1}},
                                {{96}, {16}, {6}},
                                {{6, 32}, {-1, -1}, {1, 1}},
                                {{6, 32}, {1, -1}, {6, 1}},
                                {{6, 32}, {-1, 1}, {1, 32}},
                                {{6, 32}, {1, 16}, {6, 2}},
                                {{32, 6}, {16, 1}, {2, 6}},
                                {{8, 12}, {4, 6}, {2, 2}},
                                {{8, 12}, {-1, 6}, {1, 2}},
                                {{3, 4, 32}, {1, 1, 16}, {3, 4, 2}},
                                {{3, 32, 4}, {1, 16, 1}, {3, 2, 4}},
                                {{3, 4, 6}, {1, -1, -1}, {3, 1, 1}},
                                {{2, 3, 4, 8}, {2, 1, 2, 4}, {1, 3, 2, 2}}};

BlockGrid grid_of(const Cut& cut) {
  auto grid = make_block_grid("x", cut.shape, cut.block);
  EXPECT_TRUE(grid) << grid.error().message;
  return *grid;
}

std::size_t model_scale_index(const Cut& cut, std::int64_t element) {
  Extents coordinate(cut.shape.size());
  for (std::size_t i = cut.shape.size(); i-- > 0; element /= cut.shape[i]) {
    coordinate[i] = element % cut.shape[i];
  }
  std::int64_t index = 0;
  for (std::size_t i = 0; i < cut.shape.size(); ++i) {
    const std::int64_t block = cut.block[i] == -1 ? cut.shape[i] : cut.block[i];
    index = index * cut.scale_shape[i] + coordinate[i] / block;
  }
  return static_cast<std::size_t>(index);
}

int code_at(Format element, const std::vector<std::uint8_t>& codes, std::size_t i) {
  if (element == Format::e4m3) return codes[i];
  return i % 2 == 0 ? codes[i / 2] & 0xF : codes[i / 2] >> 4;
}

std::vector<float> random_scales(std::mt19937& random, std::int64_t count) {
  std::uniform_real_distribution<float> exponent(-30, 30);
  std::vector<float> scales(static_cast<std::size_t>(count));
  for (float& scale : scales) {
    scale = std::exp2(exponent(random));
  }
  return scales;
}

TEST(Blocked, TheScaleShapeIsTheShapeDividedByTheBlock) {
  for (const Cut& cut : kCuts) {
    const BlockGrid grid = grid_of(cut);
    EXPECT_EQ(grid.scale_shape(), cut.scale_shape);
  }
}

TEST(Blocked, EveryElementIsDividedByTheScaleOfItsBlock) {
  std::mt19937 random(23);
  std::uniform_int_distribution<int> code(0, 5);
  std::uniform_real_distribution<float> uniform(-9, 9);
  for (const Model& model : kModels) {
    for (const Cut& cut : kCuts) {
      const BlockGrid grid = grid_of(cut);
      const std::vector<float> scales = random_scales(random, grid.scales());
      std::vector<float> values(static_cast<std::size_t>(grid.elements()));
      for (std::size_t i = 0; i < values.size(); ++i) {
        const int lower = code(random);
        const double tie = (model_decode(model, lower) + model_decode(model, lower + 1)) / 2;
        const float quotient = i % 2 == 0 ? static_cast<float>(tie) : uniform(random);
        values[i] = quotient * scales[model_scale_index(cut, static_cast<std::int64_t>(i))];
      }
      std::vector<std::uint8_t> codes(static_cast<std::size_t>(code_bytes(grid, model.element)));
      ASSERT_TRUE(quantize_blocked("x", grid, model.element, values, scales, codes));
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double scale = scales[model_scale_index(cut, static_cast<std::int64_t>(i))];
        const auto quotient = static_cast<float>(static_cast<double>(values[i]) / scale);
        ASSERT_EQ(code_at(model.element, codes, i), nearest_code(model, quotient)) << i;
      }
    }
  }
}

TEST(Blocked, EveryCodeIsMultipliedByTheScaleOfItsBlock) {
  std::mt19937 random(29);
  std::uniform_int_distribution<int> byte(0, 255);
  for (const Model& model : kModels) {
    for (const Cut& cut : kCuts) {
      const BlockGrid grid = grid_of(cut);
      const std::vector<float> scales = random_scales(random, grid.scales());
      std::vector<std::uint8_t> codes(static_cast<std::size_t>(code_bytes(grid, model.element)));
      for (std::uint8_t& code : codes) {
        code =
            static_cast<std::uint8_t>(byte(random) & (model.element == Format::e4m3 ? 0xFE : 0xFF));
      }
      std::vector<float> values(static_cast<std::size_t>(grid.elements()));
      ASSERT_TRUE(dequantize_blocked("x", grid, model.element, codes, scales, values));
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double scale = scales[model_scale_index(cut, static_cast<std::int64_t>(i))];
        const auto expected =
            static_cast<float>(model_decode(model, code_at(model.element, codes, i)) * scale);
        ASSERT_EQ(std::bit_cast<std::uint32_t>(values[i]), std::bit_cast<std::uint32_t>(expected));
      }
    }
  }
}

// The binary32 quotient is a tie of E4M3, 17 * 2^-10; the product with the reciprocal lies beside
// it.
TEST(Blocked, DividesAndDoesNotMultiplyByTheReciprocal) {
  const BlockGrid grid = *make_block_grid("x", {2}, Extents{-1});
  const std::vector<float> scale = {0.03f};
  const std::vector<float> values = {0x1.051eb8p-11f, 0x1.051eb8p-11f};
  std::vector<std::uint8_t> codes(2);
  ASSERT_TRUE(quantize_blocked("x", grid, Format::e4m3, values, scale, codes));
  EXPECT_EQ(codes[0], 0x08) << "the product with fl(1 / 0.03) gives 0x09";
}

TEST(Blocked, SpecialValuesFollowTheCast) {
  const BlockGrid grid = *make_block_grid("x", {6}, Extents{-1});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> values = {nan, -nan, kInfinity, -kInfinity, -0.0f, 3e38f};
  const std::vector<float> scale = {1e-30f};
  std::vector<std::uint8_t> e4m3(6);
  ASSERT_TRUE(quantize_blocked("x", grid, Format::e4m3, values, scale, e4m3));
  EXPECT_EQ(e4m3, (std::vector<std::uint8_t>{0x7F, 0x7F, 0x7E, 0xFE, 0x80, 0x7E}));
  std::vector<std::uint8_t> e2m1(3);
  ASSERT_TRUE(quantize_blocked("x", grid, Format::e2m1, values, scale, e2m1));
  EXPECT_EQ(e2m1, (std::vector<std::uint8_t>{0x77, 0xF7, 0x78}));
}

// TensorRT's double quantization: E4M3 block scales, dequantized by one scale, scale the elements;
// fl(element * fl(block_scale * double_quant_scale)), which differs from the other association.
TEST(Blocked, DoubleQuantizationRoundsTheScaleFirst) {
  const float double_quant_scale = 0x1.99999ap-4f;
  const std::vector<std::uint8_t> block_scales = {0x3B, 0x7E};
  std::vector<float> scales(2);
  const BlockGrid scale_grid = *make_block_grid("s", {1, 2}, Extents{-1, -1});
  ASSERT_TRUE(dequantize_blocked("s", scale_grid, Format::e4m3, block_scales,
                                 {&double_quant_scale, 1}, scales));
  EXPECT_EQ(scales[0], 1.375f * double_quant_scale);
  const BlockGrid grid = *make_block_grid("x", {1, 32}, Extents{1, 16});
  std::vector<float> values(32);
  const std::vector<std::uint8_t> codes(16, 0x75);
  ASSERT_TRUE(dequantize_blocked("x", grid, Format::e2m1, codes, scales, values));
  EXPECT_EQ(values[0], 3.0f * (1.375f * double_quant_scale));
  EXPECT_NE(values[0], 3.0f * 1.375f * double_quant_scale) << "the input does not tell them apart";
  EXPECT_EQ(values[31], 6.0f * (448.0f * double_quant_scale));
}

TEST(Blocked, ScalesMustBePositiveToQuantizeAndNotNegativeToDequantize) {
  const BlockGrid grid = *make_block_grid("x", {4}, Extents{2});
  std::vector<float> values(4, 1.0f);
  std::vector<std::uint8_t> codes(4);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {0.0f, -0.0f, -1.0f, kInfinity, nan}) {
    const std::vector<float> scales = {1.0f, bad};
    const Status quantized = quantize_blocked("x", grid, Format::e4m3, values, scales, codes);
    ASSERT_FALSE(quantized) << bad;
    EXPECT_EQ(quantized.error().code, ErrorCode::invalid_vectors);
    const bool is_zero = bad == 0 && !std::signbit(bad);
    EXPECT_EQ(dequantize_blocked("x", grid, Format::e4m3, codes, scales, values).has_value(),
              is_zero);
  }
  const Status named =
      quantize_blocked("x", grid, Format::e4m3, values, std::vector<float>{1, -2}, codes);
  EXPECT_EQ(named.error().message, "x: scale [1] = -2: it must be finite and greater than 0");
}

TEST(Blocked, GridsThatDoNotFitAreRefused) {
  const auto refused = [](const Extents& shape, const Extents& block) {
    const auto grid = make_block_grid("x", shape, block);
    return grid ? std::string() : grid.error().message;
  };
  EXPECT_EQ(refused({}, {}), "x: it must not be a scalar");
  EXPECT_EQ(refused({4, 4}, {4}), "x: rank 2, but the block shape has rank 1");
  EXPECT_EQ(refused({4, 24}, {1, 16}),
            "x: dimension 1 of extent 24 cannot be cut into blocks of 16");
  EXPECT_NE(refused({4}, {0}), "");
  EXPECT_NE(refused({4}, {-2}), "");
  EXPECT_NE(refused({0}, {-1}), "");
  EXPECT_EQ(refused({std::int64_t{1} << 32, std::int64_t{1} << 31}, {1, 1}),
            "x: more elements than 2^63 - 1");
}

TEST(Blocked, OperandsOfOtherSizesOrFormatsAreRefused) {
  const BlockGrid grid = *make_block_grid("x", {2, 4}, Extents{1, -1});
  const std::vector<float> values(8, 1.0f);
  const std::vector<float> scales(2, 1.0f);
  std::vector<std::uint8_t> codes(8);
  const auto quantize = [&](const BlockGrid& cut, Format element, std::size_t value_count,
                            std::size_t scale_count, std::size_t code_count) {
    return quantize_blocked("x", cut, element, std::span(values).first(value_count),
                            std::span(scales).first(scale_count),
                            std::span(codes).first(code_count))
        .has_value();
  };
  EXPECT_TRUE(quantize(grid, Format::e4m3, 8, 2, 8));
  EXPECT_TRUE(quantize(grid, Format::e2m1, 8, 2, 4));
  EXPECT_FALSE(quantize(grid, Format::e4m3, 7, 2, 8));
  EXPECT_FALSE(quantize(grid, Format::e4m3, 8, 1, 8));
  EXPECT_FALSE(quantize(grid, Format::e4m3, 8, 2, 4));
  EXPECT_FALSE(quantize(grid, Format::e5m2, 8, 2, 8));
  EXPECT_FALSE(quantize(*make_block_grid("x", {2, 3}, Extents{1, -1}), Format::e2m1, 6, 2, 3));
}

}  // namespace
}  // namespace assay
