// SPDX-License-Identifier: Apache-2.0
// The recipes mxfp4_* and mxfp8_* against mx_oracle.hpp, and their way back against ldexp.
#include "reference/quantize/mx.hpp"

#include <bit>
#include <random>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "reference/quantize/mx_oracle.hpp"
#include "reference/quantize/recipe_entry.hpp"

namespace assay {
namespace {

const RecipeEntry& find(ScaleMode mode, const Model& model) {
  const std::string name =
      fmt::format("mxfp{}_{}", model.element == Format::e2m1 ? 4 : 8, scale_mode_name(mode));
  for (const RecipeEntry& entry : mx_recipes()) {
    if (entry.info.name == name) return entry;
  }
  throw std::logic_error(name);
}

struct Quantized {
  std::vector<std::uint8_t> codes;
  std::vector<std::uint8_t> scales;
};

Quantized quantize(const RecipeEntry& entry, const std::vector<float>& values) {
  const bool packed = entry.info.element == Format::e2m1;
  Quantized result{std::vector<std::uint8_t>(values.size() / (packed ? 2 : 1), 0xEE),
                   std::vector<std::uint8_t>(values.size() / 32, 0xEE)};
  entry.quantize({}, values, {result.codes, result.scales, nullptr});
  return result;
}

int code_at(const Model& model, const Quantized& quantized, std::size_t i) {
  if (model.element == Format::e4m3) return quantized.codes[i];
  return i % 2 == 0 ? quantized.codes[i / 2] & 0xF : quantized.codes[i / 2] >> 4;
}

// One block for every amax, its last element: half of the others halfway between two codes (where
// that does not exceed amax), half random fractions of amax down to its subnormals.
std::vector<float> directed_blocks(const Model& model) {
  std::mt19937 random(17);
  std::uniform_int_distribution<int> code(0, model.max_code - 1);
  std::uniform_real_distribution<double> fraction(-1, 1);
  std::vector<float> values;
  for (const float amax : interesting_amax()) {
    for (int i = 0; i < 31; ++i) {
      const int lower = code(random);
      const double tie = (model_decode(model, lower) + model_decode(model, lower + 1)) / 2;
      const int binade = floor_log2(amax) - model.max_exponent + lower % 3 - 1;
      const double share = std::ldexp(fraction(random), -lower % 30);
      const auto x = static_cast<float>(i % 2 == 0 ? std::ldexp(tie, binade) : share * amax);
      values.push_back(x <= amax ? (i % 3 == 0 ? -x : x) : -0.0f);
    }
    values.push_back(-amax);
  }
  return values;
}

TEST(MxRecipes, BlocksAgreeWithTheModelOnRandomAndDirectedValues) {
  for (const Model& model : kModels) {
    const std::vector<float> values = directed_blocks(model);
    for (const ScaleMode mode : kScaleModes) {
      const Quantized quantized = quantize(find(mode, model), values);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const int scale = model_scale(mode, model, -values[i / 32 * 32 + 31]);
        ASSERT_EQ(quantized.scales[i / 32], scale) << i;
        const double scaled = std::ldexp(static_cast<double>(values[i]), 127 - scale);
        ASSERT_EQ(code_at(model, quantized, i), nearest_code(model, scaled))
            << scale_mode_name(mode) << " " << values[i] << " amax " << values[i / 32 * 32 + 31];
      }
    }
  }
}

TEST(MxRecipes, ABlockOfZerosHasScaleZeroAndKeepsSigns) {
  for (const Model& model : kModels) {
    for (const ScaleMode mode : kScaleModes) {
      std::vector<float> values(32, 0.0f);
      values[3] = -0.0f;
      const Quantized quantized = quantize(find(mode, model), values);
      EXPECT_EQ(quantized.scales[0], 0x00);
      EXPECT_EQ(code_at(model, quantized, 2), 0x0);
      EXPECT_EQ(code_at(model, quantized, 3), model.sign_bit);
    }
  }
}

TEST(MxRecipes, OnlyFloorAndEvenSaturate) {
  for (const Model& model : kModels) {
    const float amax = std::ldexp(1.99f, model.max_exponent + 3);
    std::vector<float> values(32, amax);
    EXPECT_EQ(code_at(model, quantize(find(ScaleMode::floor, model), values), 0), model.max_code);
    for (const ScaleMode mode : {ScaleMode::ceil, ScaleMode::rceil}) {
      EXPECT_LT(code_at(model, quantize(find(mode, model), values), 0), model.max_code);
    }
    // Below the tie of `even` but above the largest element.
    values.assign(32, std::ldexp(model.element == Format::e2m1 ? 1.74f : 1.93f, 20));
    EXPECT_EQ(code_at(model, quantize(find(ScaleMode::even, model), values), 0), model.max_code);
  }
}

// Every scale, a block each; the codes run on from block to block, so that all meet all positions.
TEST(MxRecipes, DequantizingIsExactAndOverflowsToInfinity) {
  for (const Model& model : kModels) {
    const RecipeEntry& entry = find(ScaleMode::floor, model);
    std::vector<std::uint8_t> scales;
    std::vector<std::uint8_t> codes;
    for (int i = 0; i < 255 * 37 * 32; ++i) {
      const auto code =
          static_cast<std::uint8_t>((i + i / 32) * 7 % (model.sign_bit + model.max_code + 1));
      if (i % 32 == 0) scales.push_back(static_cast<std::uint8_t>(i / 32 % 255));
      if (model.element == Format::e4m3) {
        codes.push_back((code & 0x7F) == 0x7F ? std::uint8_t{0} : code);
      } else if (i % 2 == 0) {
        codes.push_back(code);
      } else {
        codes.back() = static_cast<std::uint8_t>(codes.back() | code << 4);
      }
    }
    std::vector<float> values(scales.size() * 32);
    entry.dequantize({codes, scales}, values);
    const Quantized quantized{codes, scales};
    for (std::size_t i = 0; i < values.size(); ++i) {
      const int code = code_at(model, quantized, i);
      const double exact = std::ldexp(model_decode(model, code), scales[i / 32] - 127);
      const bool fits = std::fabs(exact) <= static_cast<double>(kFloatMax);
      const double expected = fits ? exact : std::copysign(INFINITY, exact);
      ASSERT_EQ(std::bit_cast<std::uint64_t>(static_cast<double>(values[i])),
                std::bit_cast<std::uint64_t>(expected))
          << code << " " << i;
    }
  }
}

TEST(MxRecipes, E4m3NaNsStayNaN) {
  std::vector<std::uint8_t> codes(32, 0x7F);
  const std::vector<std::uint8_t> scales = {127};
  std::vector<float> values(32);
  find(ScaleMode::floor, kModels[1]).dequantize({codes, scales}, values);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(values[0]), 0x7FC00000u);
}

TEST(MxRecipes, RowsNameTheFormatsAndASource) {
  EXPECT_EQ(mx_recipes().size(), 8u);
  for (const RecipeEntry& entry : mx_recipes()) {
    EXPECT_EQ(entry.info.block_scale, Format::e8m0);
    EXPECT_EQ(entry.info.block_size, 32);
    EXPECT_EQ(entry.info.tensor_scale, TensorScale::none);
    EXPECT_FALSE(entry.info.block_scale_formula.empty());
    EXPECT_FALSE(entry.info.source.empty());
  }
}

}  // namespace
}  // namespace assay
