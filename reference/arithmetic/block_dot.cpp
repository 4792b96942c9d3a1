// SPDX-License-Identifier: Apache-2.0
// Sixteen rows are decoded together, transposed so that one vector lane is one row: a block's dot
// then needs no horizontal sum. Integers make the order of summation irrelevant; the only
// floating-point operations are the roundings that the contract names.
#include "reference/arithmetic/block_dot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"
#include "reference/format/nvfp4_block.hpp"
#include "reference/multiversion.hpp"

namespace assay {
namespace {

constexpr std::int64_t kLanes = 16;
constexpr std::int64_t kBlock = kNvfp4BlockSize;
constexpr float kBlockDotUnit = 0x1p-10f;  // units of x (2^-9) times units of w (2^-1)
constexpr float kDotUnit = 0x1p-19f;       // the same times units of s (2^-9)
constexpr float kScaleUnit = 0x1p-9f;

// Rows [first, first + count) of an Nvfp4Rows; nothing reads the lanes past `count`.
struct RowTile {
  std::int64_t blocks;
  std::vector<std::int16_t> half_units;   // [length][kLanes]
  std::vector<std::int32_t> scale_units;  // [blocks][kLanes]

  explicit RowTile(std::int64_t length)
      : blocks(length / kBlock),
        half_units(static_cast<std::size_t>(length * kLanes)),
        scale_units(static_cast<std::size_t>(blocks * kLanes)) {}

  void decode(const Nvfp4Rows& rows, std::int64_t first, std::int64_t count);
};

struct HalfUnitPair {
  std::int16_t even, odd;
};

std::array<HalfUnitPair, 256> make_pair_table() {
  std::array<HalfUnitPair, 256> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    const auto packed = static_cast<std::uint8_t>(byte);
    table[byte] = {static_cast<std::int16_t>(e2m1_to_half_units(unpack_e2m1(packed, 0))),
                   static_cast<std::int16_t>(e2m1_to_half_units(unpack_e2m1(packed, 1)))};
  }
  return table;
}

std::array<std::int32_t, 256> make_scale_table() {
  std::array<std::int32_t, 256> table{};
  for (std::size_t code = 0; code < table.size(); ++code)
    table[code] = e4m3_to_units(static_cast<std::uint8_t>(code));
  return table;
}

void RowTile::decode(const Nvfp4Rows& rows, std::int64_t first, std::int64_t count) {
  static const auto pairs = make_pair_table();
  static const auto scales = make_scale_table();
  const std::int64_t row_bytes = rows.length / 2;
  for (std::int64_t i = 0; i < row_bytes; ++i) {
    const std::uint8_t* codes = rows.codes.data() + first * row_bytes + i;
    std::int16_t* dst = half_units.data() + 2 * i * kLanes;
    for (std::int64_t lane = 0; lane < count; ++lane) {
      const HalfUnitPair pair = pairs[codes[lane * row_bytes]];
      dst[lane] = pair.even;
      dst[kLanes + lane] = pair.odd;
    }
  }
  for (std::int64_t lane = 0; lane < count; ++lane) {
    const std::uint8_t* block_scales = rows.block_scales.data() + (first + lane) * blocks;
    for (std::int64_t b = 0; b < blocks; ++b)
      scale_units[static_cast<std::size_t>(b * kLanes + lane)] = scales[block_scales[b]];
  }
}

// d[lane] = sum over one block of x * w, in units of 2^-10; below 2^26 in magnitude. The loop over
// the block is unrolled so that the one over lanes is left for vectors.
inline void block_dot(const std::int32_t* x, const std::int16_t* w, std::int32_t* d) {
  for (int lane = 0; lane < kLanes; ++lane) {
    std::int32_t sum = 0;
#pragma GCC unroll 16
    for (int k = 0; k < kBlock; ++k)
      sum += x[k] * w[k * kLanes + lane];
    d[lane] = sum;
  }
}

ASSAY_MULTIVERSION
void dot_tile_exact(const std::int32_t* x, const std::int16_t* w, const std::int32_t* s,
                    std::int64_t blocks, float* dots) {
  std::int64_t sum[kLanes] = {};
  for (std::int64_t b = 0; b < blocks; ++b) {
    std::int32_t d[kLanes];
    block_dot(x + b * kBlock, w + b * kBlock * kLanes, d);
    for (int lane = 0; lane < kLanes; ++lane)
      sum[lane] += static_cast<std::int64_t>(d[lane]) * s[b * kLanes + lane];
  }
  // The conversion rounds to nearest even; scaling by a power of two is exact.
  for (int lane = 0; lane < kLanes; ++lane)
    dots[lane] = static_cast<float>(sum[lane]) * kDotUnit;
}

ASSAY_MULTIVERSION
void dot_tile_block_fma(const std::int32_t* x, const std::int16_t* w, const std::int32_t* s,
                        std::int64_t blocks, float* dots) {
  float acc[kLanes] = {};
  for (std::int64_t b = 0; b < blocks; ++b) {
    std::int32_t d[kLanes];
    block_dot(x + b * kBlock, w + b * kBlock * kLanes, d);
    for (int lane = 0; lane < kLanes; ++lane) {
      const float rounded_dot = static_cast<float>(d[lane]) * kBlockDotUnit;
      const float scale = static_cast<float>(s[b * kLanes + lane]) * kScaleUnit;
      acc[lane] = std::fma(rounded_dot, scale, acc[lane]);
    }
  }
  std::copy_n(acc, kLanes, dots);
}

}  // namespace

void dot_rows(const Nvfp4Rows& rows, std::span<const std::int32_t> x_units, std::int64_t count_x,
              Accumulation accumulation, float* dots, std::int64_t dots_stride) {
  const auto dot_tile = accumulation == Accumulation::exact ? dot_tile_exact : dot_tile_block_fma;
  const std::int64_t count_rows = static_cast<std::int64_t>(rows.codes.size()) * 2 / rows.length;
  RowTile tile(rows.length);
  for (std::int64_t first = 0; first < count_rows; first += kLanes) {
    const std::int64_t count = std::min(kLanes, count_rows - first);
    tile.decode(rows, first, count);
    for (std::int64_t m = 0; m < count_x; ++m) {
      float lanes[kLanes];
      dot_tile(x_units.data() + m * rows.length, tile.half_units.data(), tile.scale_units.data(),
               tile.blocks, lanes);
      std::copy_n(lanes, count, dots + m * dots_stride + first);
    }
  }
}

}  // namespace assay
