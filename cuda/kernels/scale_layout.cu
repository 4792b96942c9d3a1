// SPDX-License-Identifier: Apache-2.0
// Block scales into tiles of 128 rows x 4 columns and back (docs/layouts.md, section 2). Of a
// tile's 512 bytes, 16 at offset 16 r are rows r, r + 32, r + 64, r + 96 of four columns. Padding
// is written as zero and not read.
#include "cuda/kernels/quantize_parameters.hpp"

using assay::cuda::kQuantizeThreads;
using assay::cuda::ScaleLayoutCall;

namespace {

__device__ std::int64_t thread_index() {
  return static_cast<std::int64_t>(blockIdx.x) * kQuantizeThreads + threadIdx.x;
}

// Scales of the row from the column on, as many as there are up to four; the rest is zero.
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

}  // namespace

// One thread 16 bytes of a tile.
extern "C" __global__ void __launch_bounds__(kQuantizeThreads)
    swizzle_scales_128x4(const __grid_constant__ ScaleLayoutCall call) {
  const std::int64_t item = thread_index(), tile = item / 32;
  const std::int64_t tiles_across = (call.columns + 3) / 4;
  if (tile >= (call.rows + 127) / 128 * tiles_across) return;
  const std::int64_t row = tile / tiles_across * 128 + item % 32, column = tile % tiles_across * 4;
  reinterpret_cast<uint4*>(call.swizzled)[item] = {
      load_four(call, row, column), load_four(call, row + 32, column),
      load_four(call, row + 64, column), load_four(call, row + 96, column)};
}

// One thread up to four scales of a row.
extern "C" __global__ void __launch_bounds__(kQuantizeThreads)
    unswizzle_scales_128x4(const __grid_constant__ ScaleLayoutCall call) {
  const std::int64_t item = thread_index(), tiles_across = (call.columns + 3) / 4;
  const std::int64_t row = item / tiles_across, tile_column = item % tiles_across;
  if (row >= call.rows) return;
  const std::int64_t tile = row / 128 * tiles_across + tile_column;
  const std::uint32_t word = reinterpret_cast<const std::uint32_t*>(
      call.swizzled)[tile * 128 + row % 32 * 4 + row % 128 / 32];
  std::uint8_t* const to = call.linear + row * call.columns + tile_column * 4;
  if (call.columns % 4 == 0) {
    *reinterpret_cast<std::uint32_t*>(to) = word;
    return;
  }
  for (int i = 0; i < 4 && tile_column * 4 + i < call.columns; ++i)
    to[i] = static_cast<std::uint8_t>(word >> 8 * i);
}
