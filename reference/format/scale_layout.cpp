// SPDX-License-Identifier: Apache-2.0
// Every layout is a grid of tiles in row-major order; inside a tile the rows are dealt to
// interleaved groups. Linear is the tile of one scale. Sources: cuBLAS documentation, "1D Block
// Scaling Factors Layout" (128x4); FlashInfer, get_sf_out_offset_8x4 (8x4).
#include "reference/format/scale_layout.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "reference/suggest.hpp"

namespace assay {
namespace {

constexpr std::array<std::string_view, 3> kLayoutNames = {"linear", "swizzled_128x4",
                                                          "swizzled_8x4"};
constexpr std::array<std::string_view, 2> kNibbleOrderNames = {"low_first", "high_first"};

template <typename T>
Result<T> parse(const char* kind, std::span<const std::string_view> names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<T>(found - names.begin());
  return fail(ErrorCode::usage, "unknown {} \"{}\"; known: {}{}", kind, name,
              fmt::join(names, ", "), did_you_mean(name, {names.begin(), names.end()}));
}

// Rows r and r + row_group of a tile are neighbours in memory, columns apart.
struct Tile {
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t row_group;
};

constexpr Tile tile_of(ScaleLayout layout) {
  switch (layout) {
    case ScaleLayout::swizzled_128x4:
      return {128, 4, 32};
    case ScaleLayout::swizzled_8x4:
      return {8, 4, 8};
    case ScaleLayout::linear:
      break;
  }
  return {1, 1, 1};
}

constexpr std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

std::string_view scale_layout_name(ScaleLayout layout) {
  return kLayoutNames[static_cast<std::size_t>(layout)];
}

std::string_view nibble_order_name(NibbleOrder order) {
  return kNibbleOrderNames[static_cast<std::size_t>(order)];
}

Result<ScaleLayout> parse_scale_layout(std::string_view name) {
  return parse<ScaleLayout>("scale layout", kLayoutNames, name);
}

Result<NibbleOrder> parse_nibble_order(std::string_view name) {
  return parse<NibbleOrder>("nibble order", kNibbleOrderNames, name);
}

ScaleShape padded_shape(ScaleLayout layout, const ScaleShape& shape) {
  const Tile tile = tile_of(layout);
  return {round_up(shape.rows, tile.rows), round_up(shape.columns, tile.columns)};
}

Result<std::int64_t> padded_count(ScaleLayout layout, const ScaleShape& shape) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  const Tile tile = tile_of(layout);
  const auto refuse = [&](const char* rule) {
    return fail(ErrorCode::invalid_vectors, "scales of {} x {} in layout {}: {}", shape.rows,
                shape.columns, scale_layout_name(layout), rule);
  };
  if (shape.rows < 0 || shape.columns < 0) return refuse("an extent must not be negative");
  if (shape.rows > kMax - tile.rows || shape.columns > kMax - tile.columns) {
    return refuse("more bytes than 2^63 - 1");
  }
  const ScaleShape padded = padded_shape(layout, shape);
  if (padded.columns > 0 && padded.rows > kMax / padded.columns) {
    return refuse("more bytes than 2^63 - 1");
  }
  return padded.count();
}

std::int64_t scale_offset(ScaleLayout layout, const ScaleShape& shape, std::int64_t row,
                          std::int64_t column) {
  const Tile tile = tile_of(layout);
  const std::int64_t tiles_across = padded_shape(layout, shape).columns / tile.columns;
  const std::int64_t tile_index = row / tile.rows * tiles_across + column / tile.columns;
  const std::int64_t row_in_tile = row % tile.rows;
  const std::int64_t groups = tile.rows / tile.row_group;
  const std::int64_t place = row_in_tile % tile.row_group * groups + row_in_tile / tile.row_group;
  return (tile_index * tile.rows + place) * tile.columns + column % tile.columns;
}

void swizzle_scales(ScaleLayout layout, const ScaleShape& shape,
                    std::span<const std::uint8_t> linear, std::span<std::uint8_t> swizzled) {
  assert(std::ssize(linear) == shape.count());
  assert(std::ssize(swizzled) == padded_shape(layout, shape).count());
  std::fill(swizzled.begin(), swizzled.end(), std::uint8_t{0});
  std::size_t next = 0;
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    for (std::int64_t column = 0; column < shape.columns; ++column) {
      swizzled[static_cast<std::size_t>(scale_offset(layout, shape, row, column))] = linear[next++];
    }
  }
}

void unswizzle_scales(ScaleLayout layout, const ScaleShape& shape,
                      std::span<const std::uint8_t> swizzled, std::span<std::uint8_t> linear) {
  assert(std::ssize(linear) == shape.count());
  assert(std::ssize(swizzled) == padded_shape(layout, shape).count());
  std::size_t next = 0;
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    for (std::int64_t column = 0; column < shape.columns; ++column) {
      linear[next++] = swizzled[static_cast<std::size_t>(scale_offset(layout, shape, row, column))];
    }
  }
}

void swap_nibbles(std::span<std::uint8_t> codes) {
  for (std::uint8_t& code : codes) {
    code = static_cast<std::uint8_t>(code << 4 | code >> 4);
  }
}

}  // namespace assay
