// SPDX-License-Identifier: Apache-2.0
// For tests of recipes: quantizes a few blocks, written as short lists, under the name of a recipe.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "reference/format/e2m1.hpp"
#include "reference/quantize/recipe.hpp"

namespace assay {

struct Quantized {
  std::vector<std::uint8_t> codes;  // one element each
  std::vector<std::uint8_t> block_scales;
  float tensor_scale = -1;  // stays where the recipe has none

  std::vector<std::uint8_t> block_codes(std::size_t block, std::size_t count) const {
    const auto first = codes.begin() + static_cast<std::ptrdiff_t>(block * 16);
    return {first, first + static_cast<std::ptrdiff_t>(count)};
  }
};

inline const RecipeInfo& recipe_named(const char* name) {
  const auto found = find_recipe(name);
  EXPECT_TRUE(found) << found.error().message;
  return **found;
}

// One row of blocks of 16, each filled up with zeros.
inline Quantized quantize_blocks_of(const char* name, const std::vector<std::vector<float>>& blocks,
                                    int reciprocal_ulp = 0) {
  std::vector<float> values;
  for (const auto& block : blocks) {
    values.insert(values.end(), block.begin(), block.end());
    values.resize((values.size() + 15) / 16 * 16);
  }
  std::vector<std::uint8_t> bytes(values.size() / 2);
  Quantized result;
  result.block_scales.resize(values.size() / 16);
  const Status status = quantize(recipe_named(name), {.reciprocal_ulp = reciprocal_ulp}, "x",
                                 values, static_cast<std::int64_t>(values.size()),
                                 {bytes, result.block_scales, &result.tensor_scale});
  EXPECT_TRUE(status) << status.error().message;
  for (const std::uint8_t byte : bytes) {
    result.codes.push_back(unpack_e2m1(byte, 0));
    result.codes.push_back(unpack_e2m1(byte, 1));
  }
  return result;
}

// One block of the codes 0x0 .. 0xF.
inline std::vector<float> dequantize_all_codes(const char* name, std::uint8_t block_scale,
                                               float tensor_scale) {
  const std::vector<std::uint8_t> bytes{0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE};
  const std::vector<std::uint8_t> block_scales{block_scale};
  std::vector<float> values(16);
  const Status status =
      dequantize(recipe_named(name), "x", {bytes, block_scales, tensor_scale}, 16, values);
  EXPECT_TRUE(status) << status.error().message;
  return values;
}

}  // namespace assay
