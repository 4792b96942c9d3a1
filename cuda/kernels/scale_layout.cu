// SPDX-License-Identifier: Apache-2.0
// Block scales into tiles of 128 rows x 4 columns and back (docs/layouts.md, section 2). Of a
// tile's 512 bytes, the 16 at 16 r are rows r, r + 32, r + 64, r + 96 of four columns: one thread.
// Eight neighbours take the same r of eight tiles, so that they meet whole sectors of a row, and 32
// of them whole sectors of a tile. Padding is written as zero and not read.
#include "cuda/kernels/quantize_parameters.hpp"

using assay::cuda::kLayoutTiles;
using assay::cuda::kQuantizeThreads;
using assay::cuda::ScaleLayoutCall;

namespace {

// Where a thread works: its 16 bytes among those of the tiles, and the first of its four rows.
struct Place {
  std::int64_t item, row, column;
  bool is_inside;

  explicit __device__ Place(const ScaleLayoutCall& call) {
    const std::int64_t tiles_across = (call.columns + 3) / 4;
    const std::int64_t tile =
        static_cast<std::int64_t>(blockIdx.x) * kLayoutTiles + threadIdx.x % kLayoutTiles;
    const int r = threadIdx.x / kLayoutTiles;
    item = tile * 32 + r;
    row = tile / tiles_across * 128 + r;
    column = tile % tiles_across * 4;
    is_inside = tile < (call.rows + 127) / 128 * tiles_across;
  }
};

// Up to four scales of the row from the column on; what is not there is zero.
__device__ std::uint32_t load_four(const ScaleLayoutCall& call, std::int64_t row,
                                   std::int64_t column) {
  if (row >= call.rows) return 0;
  const std::uint8_t* const from = call.linear + row * call.columns + column;
  if (call.columns % 4 == 0) return *reinterpret_cast<const std::uint32_t*>(from);
  std::uint32_t word = 0;
  for (int i = 0; i < 4 && column + i < call.columns; ++i)
    word |= static_cast<std::uint32_t>(from[i]) << 8 * i;
  return word;
}

__device__ void store_four(const ScaleLayoutCall& call, std::int64_t row, std::int64_t column,
                           std::uint32_t word) {
  if (row >= call.rows) return;
  std::uint8_t* const to = call.linear + row * call.columns + column;
  if (call.columns % 4 == 0) {
    *reinterpret_cast<std::uint32_t*>(to) = word;
    return;
  }
  for (int i = 0; i < 4 && column + i < call.columns; ++i)
    to[i] = static_cast<std::uint8_t>(word >> 8 * i);
}

}  // namespace

extern "C" __global__ void __launch_bounds__(kQuantizeThreads)
    swizzle_scales_128x4(const __grid_constant__ ScaleLayoutCall call) {
  const Place at(call);
  if (!at.is_inside) return;
  reinterpret_cast<uint4*>(call.swizzled)[at.item] = {
      load_four(call, at.row, at.column), load_four(call, at.row + 32, at.column),
      load_four(call, at.row + 64, at.column), load_four(call, at.row + 96, at.column)};
}

extern "C" __global__ void __launch_bounds__(kQuantizeThreads)
    unswizzle_scales_128x4(const __grid_constant__ ScaleLayoutCall call) {
  const Place at(call);
  if (!at.is_inside) return;
  const uint4 scales = reinterpret_cast<const uint4*>(call.swizzled)[at.item];
  store_four(call, at.row, at.column, scales.x);
  store_four(call, at.row + 32, at.column, scales.y);
  store_four(call, at.row + 64, at.column, scales.z);
  store_four(call, at.row + 96, at.column, scales.w);
}
