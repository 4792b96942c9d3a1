// SPDX-License-Identifier: Apache-2.0
// Scale layouts against two outside definitions: the tile of cuBLAS' documentation ("1D Block
// Scaling Factors Layout") and the reshape-and-permute that frameworks use to undo the swizzle; the
// 8x4 tile against a picture drawn by hand from FlashInfer's [row tiles, column tiles, 8, 4].
#include "reference/format/scale_layout.hpp"

#include <array>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::array kLayouts = {ScaleLayout::linear, ScaleLayout::swizzled_128x4,
                                 ScaleLayout::swizzled_8x4};
constexpr std::array<ScaleShape, 9> kShapes = {
    {{1, 1}, {1, 4}, {128, 4}, {129, 5}, {127, 3}, {300, 9}, {8, 4}, {256, 13}, {33, 130}}};

Bytes random_scales(std::int64_t count) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> code(1, 255);
  Bytes scales(static_cast<std::size_t>(count));
  for (std::uint8_t& scale : scales) {
    scale = static_cast<std::uint8_t>(code(random));
  }
  return scales;
}

Bytes swizzled(ScaleLayout layout, const ScaleShape& shape, const Bytes& linear) {
  Bytes result(static_cast<std::size_t>(*padded_count(layout, shape)), 0xEE);
  swizzle_scales(layout, shape, linear, result);
  return result;
}

// cuBLAS: offset of a tile = (sf_inner + sf_outer * sf_inner_dim) * 128; inside the tile the
// documentation gives outer and inner for each offset, which is the direction that is used here.
TEST(ScaleLayout, Swizzled128x4IsTheTileOfTheCublasDocumentation) {
  for (const ScaleShape& shape : kShapes) {
    const Bytes linear = random_scales(shape.count());
    const Bytes actual = swizzled(ScaleLayout::swizzled_128x4, shape, linear);
    const std::int64_t columns = (shape.columns + 3) / 4 * 4;
    for (std::int64_t at = 0; at < std::ssize(actual); ++at) {
      const std::int64_t tile = at / 512;
      const std::int64_t offset = at % 512;
      const std::int64_t sf_outer = tile * 4 / columns * 128;
      const std::int64_t sf_inner = tile * 4 % columns;
      const std::int64_t row = sf_outer + offset % 16 / 4 * 32 + offset / 16;
      const std::int64_t column = sf_inner + offset % 4;
      const bool padding = row >= shape.rows || column >= shape.columns;
      const std::uint8_t expected =
          padding ? std::uint8_t{0}
                  : linear[static_cast<std::size_t>(row * shape.columns + column)];
      ASSERT_EQ(actual[static_cast<std::size_t>(at)], expected)
          << shape.rows << " x " << shape.columns << " at " << at;
    }
  }
}

// De-swizzle = reshape(M / 128, C / 4, 32, 4, 4), permute(0, 3, 2, 1, 4), reshape(M, C).
TEST(ScaleLayout, Swizzled128x4IsUndoneByReshapeAndPermute) {
  const ScaleShape shape{384, 12};
  const Bytes linear = random_scales(shape.count());
  const Bytes memory = swizzled(ScaleLayout::swizzled_128x4, shape, linear);
  Bytes undone;
  for (std::size_t row_tile = 0; row_tile < 3; ++row_tile) {
    for (std::size_t group = 0; group < 4; ++group) {
      for (std::size_t row = 0; row < 32; ++row) {
        for (std::size_t column_tile = 0; column_tile < 3; ++column_tile) {
          for (std::size_t column = 0; column < 4; ++column) {
            undone.push_back(
                memory[(((row_tile * 3 + column_tile) * 32 + row) * 4 + group) * 4 + column]);
          }
        }
      }
    }
  }
  EXPECT_EQ(undone, linear);
}

// Worked by hand from cuBLAS' offset = (outer % 32) * 16 + (outer / 32) * 4 + inner.
TEST(ScaleLayout, Swizzled128x4KnownPlaces) {
  const ScaleShape shape{128, 8};
  const auto at = [&](std::int64_t row, std::int64_t column) {
    return scale_offset(ScaleLayout::swizzled_128x4, shape, row, column);
  };
  EXPECT_EQ(at(5, 2), 5 * 16 + 2);
  EXPECT_EQ(at(32, 0), 4);
  EXPECT_EQ(at(31, 3), 31 * 16 + 3);
  EXPECT_EQ(at(127, 7), 1023);
  EXPECT_EQ(at(0, 4), 512);
}

TEST(ScaleLayout, Swizzled8x4IsRowMajorTilesOfRowMajorScales) {
  const ScaleShape shape{10, 6};
  Bytes linear(60);
  std::iota(linear.begin(), linear.end(), std::uint8_t{1});
  const Bytes expected = {
      1,  2,  3,  4,  7,  8,  9,  10, 13, 14, 15, 16, 19, 20, 21, 22,  // rows 0-3, columns 0-3
      25, 26, 27, 28, 31, 32, 33, 34, 37, 38, 39, 40, 43, 44, 45, 46,  // rows 4-7
      5,  6,  0,  0,  11, 12, 0,  0,  17, 18, 0,  0,  23, 24, 0,  0,   // rows 0-3, columns 4-7
      29, 30, 0,  0,  35, 36, 0,  0,  41, 42, 0,  0,  47, 48, 0,  0,   // rows 4-7
      49, 50, 51, 52, 55, 56, 57, 58, 0,  0,  0,  0,  0,  0,  0,  0,   // rows 8-11, columns 0-3
      0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,   // rows 12-15
      53, 54, 0,  0,  59, 60, 0,  0,  0,  0,  0,  0,  0,  0,  0,  0,   // rows 8-11, columns 4-7
      0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0};
  EXPECT_EQ(swizzled(ScaleLayout::swizzled_8x4, shape, linear), expected);
}

TEST(ScaleLayout, LinearIsTheIdentityWithoutPadding) {
  const ScaleShape shape{5, 7};
  const Bytes linear = random_scales(shape.count());
  EXPECT_EQ(padded_shape(ScaleLayout::linear, shape), shape);
  EXPECT_EQ(swizzled(ScaleLayout::linear, shape, linear), linear);
}

TEST(ScaleLayout, TheWayBackIgnoresWhatThePaddingHolds) {
  for (const ScaleLayout layout : kLayouts) {
    for (const ScaleShape& shape : kShapes) {
      const Bytes linear = random_scales(shape.count());
      Bytes memory = swizzled(layout, shape, linear);
      for (std::uint8_t& byte : memory) {
        if (byte == 0) byte = 0x7F;
      }
      Bytes back(linear.size());
      unswizzle_scales(layout, shape, memory, back);
      EXPECT_EQ(back, linear) << scale_layout_name(layout) << shape.rows << " x " << shape.columns;
    }
  }
}

TEST(ScaleLayout, PaddingFillsWholeTiles) {
  EXPECT_EQ(padded_shape(ScaleLayout::swizzled_128x4, {1, 1}), (ScaleShape{128, 4}));
  EXPECT_EQ(padded_shape(ScaleLayout::swizzled_128x4, {128, 4}), (ScaleShape{128, 4}));
  EXPECT_EQ(padded_shape(ScaleLayout::swizzled_128x4, {129, 5}), (ScaleShape{256, 8}));
  EXPECT_EQ(padded_shape(ScaleLayout::swizzled_8x4, {9, 4}), (ScaleShape{16, 4}));
  EXPECT_EQ(padded_count(ScaleLayout::swizzled_8x4, {0, 3}), 0);
}

TEST(ScaleLayout, CountsThatOverflowAreRefused) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  for (const ScaleShape& shape : {ScaleShape{kMax, 1}, ScaleShape{1, kMax},
                                  ScaleShape{std::int64_t{1} << 32, std::int64_t{1} << 31},
                                  ScaleShape{-1, 4}, ScaleShape{4, -1}}) {
    const auto count = padded_count(ScaleLayout::swizzled_128x4, shape);
    ASSERT_FALSE(count) << shape.rows << " x " << shape.columns;
    EXPECT_EQ(count.error().code, ErrorCode::invalid_vectors);
  }
  EXPECT_EQ(padded_count(ScaleLayout::swizzled_128x4, {std::int64_t{1} << 31, 4}),
            std::int64_t{1} << 33);
}

TEST(ScaleLayout, NamesParseAndUnknownOnesNameTheNearest) {
  for (const ScaleLayout layout : kLayouts) {
    EXPECT_EQ(parse_scale_layout(scale_layout_name(layout)), layout);
  }
  const auto unknown = parse_scale_layout("swizzled_128x8");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::usage);
  EXPECT_EQ(unknown.error().message,
            "unknown scale layout \"swizzled_128x8\"; known: linear, swizzled_128x4, swizzled_8x4"
            " (did you mean \"swizzled_128x4\"?)");
}

TEST(NibbleOrder, SwappingTwiceIsTheIdentity) {
  Bytes codes(256);
  std::iota(codes.begin(), codes.end(), std::uint8_t{0});
  const Bytes before = codes;
  swap_nibbles(codes);
  EXPECT_EQ(codes[0x1B], 0xB1);
  EXPECT_EQ(codes[0xF0], 0x0F);
  swap_nibbles(codes);
  EXPECT_EQ(codes, before);
}

TEST(NibbleOrder, NamesParse) {
  EXPECT_EQ(parse_nibble_order("low_first"), NibbleOrder::low_first);
  EXPECT_EQ(parse_nibble_order("high_first"), NibbleOrder::high_first);
  EXPECT_EQ(nibble_order_name(NibbleOrder::high_first), "high_first");
  EXPECT_FALSE(parse_nibble_order("big_endian"));
}

}  // namespace
}  // namespace assay
