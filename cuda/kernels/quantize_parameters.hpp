// SPDX-License-Identifier: Apache-2.0
// Parameters of the quantization kernels, as host and device see them. Pointers are device
// addresses. A matrix is row-major and its rows are whole blocks, so the kernels see one run of
// blocks of 16 or 32 values.
#pragma once

#include <cstdint>

namespace assay::cuda {

constexpr int kQuantizeThreads = 256;
constexpr int kWarpBlocks = 32;  // of values, that a warp quantizes: a sector of scales
constexpr std::uint64_t kNoneInvalid = ~std::uint64_t{0};
constexpr int kLayoutTiles = kQuantizeThreads / 32;  // of 128x4 scales, of a thread block

// What the kernels of one call tell each other, and the host when it asks.
struct QuantizeStatus {
  std::uint64_t first_invalid;  // index of a NaN or infinite value, or of a NaN or negative block
                                // scale; kNoneInvalid where there is none
  std::uint32_t amax_bits;      // the largest magnitude, as bits of a binary32
  std::uint32_t is_tensor_scale_invalid;
};

struct AmaxCall {
  const float* values;  // [count], aligned to 16
  std::int64_t count;
  QuantizeStatus* status;
};

// Values to codes, block scales and the tensor's scale, or the way back.
struct BlocksCall {
  float* values;               // [blocks * block size], aligned to 16
  std::uint8_t* codes;         // E2M1, two a byte, low nibble first, or E4M3; aligned to 16
  std::uint8_t* block_scales;  // [blocks], E4M3 or E8M0
  float* tensor_scale;         // one, where the recipe has it
  std::int64_t blocks;
  QuantizeStatus* status;
};

struct StaticFp8Call {
  float* values;        // [count], aligned to 16
  std::uint8_t* codes;  // [count], E4M3, aligned to 16
  std::int64_t count;
  float scale;
};

// Block scales of a matrix, row-major and in tiles of 128 x 4 (docs/layouts.md, section 2).
struct ScaleLayoutCall {
  std::uint8_t* linear;    // [rows, columns]
  std::uint8_t* swizzled;  // [rows to 128, columns to 4], aligned to 16
  std::int64_t rows, columns;
};

}  // namespace assay::cuda
