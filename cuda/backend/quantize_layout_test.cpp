// SPDX-License-Identifier: Apache-2.0
// The 128x4 tiles on the emulator. Outside oracle: the offset formula of the cuBLAS documentation,
// "1D Block Scaling Factors Layout": within a tile, offset = (outer % 32) * 16 + (outer / 32) * 4 +
// inner; tiles row by row; zeros out of bounds.
#include "cuda/backend/quantize_layout.hpp"

#include "cuda/backend/test_quantize.hpp"

namespace assay::cuda {
namespace {

constexpr ScaleShape kShapes[] = {{1, 1},   {1, 5},    {31, 3},  {33, 4},    {127, 2},
                                  {128, 8}, {129, 17}, {300, 6}, {256, 128}, {640, 33}};

std::size_t cublas_offset(const ScaleShape& shape, std::int64_t outer, std::int64_t inner) {
  const std::int64_t across = (shape.columns + 3) / 4;
  const std::int64_t tile = outer / 128 * across + inner / 4;
  const std::int64_t outer_in_tile = outer % 128, inner_in_tile = inner % 4;
  return static_cast<std::size_t>(tile * 512 + outer_in_tile % 32 * 16 + outer_in_tile / 32 * 4 +
                                  inner_in_tile);
}

std::size_t tile_bytes(const ScaleShape& shape) {
  return static_cast<std::size_t>((shape.rows + 127) / 128 * ((shape.columns + 3) / 4) * 512);
}

// Never zero, and different for neighbours.
std::vector<std::uint8_t> linear_scales(const ScaleShape& shape) {
  std::vector<std::uint8_t> scales(static_cast<std::size_t>(shape.count()));
  for (std::size_t i = 0; i < scales.size(); ++i)
    scales[i] = static_cast<std::uint8_t>(i * 2654435761u >> 24 | 1);
  return scales;
}

std::vector<std::uint8_t> tiles(const ScaleShape& shape, std::uint8_t padding) {
  const auto linear = linear_scales(shape);
  std::vector<std::uint8_t> result(tile_bytes(shape), padding);
  for (std::int64_t row = 0; row < shape.rows; ++row)
    for (std::int64_t column = 0; column < shape.columns; ++column)
      result[cublas_offset(shape, row, column)] =
          linear[static_cast<std::size_t>(row * shape.columns + column)];
  return result;
}

class ScaleSwizzleTest : public QuantizeTest {
 protected:
  const ScaleSwizzle layout = *ScaleSwizzle::create(device);
};

TEST_F(ScaleSwizzleTest, TilesAreThoseOfCublasAndPaddingIsZero) {
  for (const ScaleShape& shape : kShapes) {
    const Buffer linear = uploaded(linear_scales(shape)), swizzled = allocated(tile_bytes(shape));
    ASSERT_EQ(error_of(layout.swizzle(shape, linear.address(), swizzled.address(), nullptr)),
              "no error");
    EXPECT_EQ(downloaded<std::uint8_t>(swizzled), tiles(shape, 0))
        << shape.rows << " x " << shape.columns;
  }
}

TEST_F(ScaleSwizzleTest, TheWayBackIgnoresWhatPaddingHolds) {
  for (const ScaleShape& shape : kShapes) {
    const auto expected = linear_scales(shape);
    const Buffer swizzled = uploaded(tiles(shape, 0xFF)), linear = allocated(expected.size());
    ASSERT_EQ(error_of(layout.unswizzle(shape, swizzled.address(), linear.address(), nullptr)),
              "no error");
    EXPECT_EQ(downloaded<std::uint8_t>(linear), expected) << shape.rows << " x " << shape.columns;
  }
}

TEST_F(ScaleSwizzleTest, ArgumentsThatCannotBeAreNamed) {
  const Buffer memory = allocated(4096);
  const CUdeviceptr at = memory.address();
  EXPECT_EQ(error_of(layout.swizzle({0, 4}, at, at, nullptr)),
            "invalid_argument: rows: 0 is not from 1 to 68719476736");
  EXPECT_EQ(error_of(layout.swizzle({4, -1}, at, at, nullptr)),
            "invalid_argument: columns: -1 is not from 1 to 68719476736");
  EXPECT_EQ(error_of(layout.swizzle({std::int64_t{1} << 30, 65}, at, at, nullptr)),
            "invalid_argument: rows 1073741824, columns 65: more than 68719476736 values");
  EXPECT_EQ(error_of(layout.swizzle({4, 4}, 0, at, nullptr)), "invalid_argument: linear: is null");
  EXPECT_EQ(error_of(layout.unswizzle({4, 4}, 0, at, nullptr)),
            "invalid_argument: swizzled: is null");
  EXPECT_NE(error_of(layout.unswizzle({4, 4}, at + 4, at, nullptr)).find("is not a multiple of 16"),
            std::string::npos);
}

}  // namespace
}  // namespace assay::cuda
