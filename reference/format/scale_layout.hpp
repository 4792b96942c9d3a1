// SPDX-License-Identifier: Apache-2.0
// Where the scale of block (row, column) lies in memory, and the order of nibbles in a byte of E2M1
// codes. The swizzles are those of cuBLAS and CUTLASS (128x4) and of FlashInfer's small-batch
// kernels (8x4); docs/layouts.md has the formulas, pictures and sources.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "reference/result.hpp"

namespace assay {

enum class ScaleLayout : std::uint8_t { linear, swizzled_128x4, swizzled_8x4 };
enum class NibbleOrder : std::uint8_t { low_first, high_first };

std::string_view scale_layout_name(ScaleLayout layout);
std::string_view nibble_order_name(NibbleOrder order);
// Errors (usage): unknown, with the nearest name and all of them.
Result<ScaleLayout> parse_scale_layout(std::string_view name);
Result<NibbleOrder> parse_nibble_order(std::string_view name);

// The scales of one matrix: a row of blocks for each row of elements. A batch is laid out a matrix
// at a time, each one padded by itself.
struct ScaleShape {
  std::int64_t rows = 0;
  std::int64_t columns = 0;

  std::int64_t count() const { return rows * columns; }
  bool operator==(const ScaleShape&) const = default;
};

// The shape with its padding: rows to 128 (or 8) and columns to 4; unchanged for linear.
// Precondition: padded_count succeeds.
ScaleShape padded_shape(ScaleLayout layout, const ScaleShape& shape);

// The bytes of the padded array. Error (invalid_vectors): a negative extent, or a count above
// 2^63 - 1.
Result<std::int64_t> padded_count(ScaleLayout layout, const ScaleShape& shape);

// The place of a scale in the padded array. Precondition: row and column lie in the padded shape.
std::int64_t scale_offset(ScaleLayout layout, const ScaleShape& shape, std::int64_t row,
                          std::int64_t column);

// Linear scales into a layout; padding becomes zero. Sizes: shape.count() and
// padded_shape(...).count().
void swizzle_scales(ScaleLayout layout, const ScaleShape& shape,
                    std::span<const std::uint8_t> linear, std::span<std::uint8_t> swizzled);

// The way back; padding is ignored, whatever it holds.
void unswizzle_scales(ScaleLayout layout, const ScaleShape& shape,
                      std::span<const std::uint8_t> swizzled, std::span<std::uint8_t> linear);

// From either nibble order to the other, in place; its own inverse.
void swap_nibbles(std::span<std::uint8_t> codes);

}  // namespace assay
