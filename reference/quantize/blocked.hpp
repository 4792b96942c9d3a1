// SPDX-License-Identifier: Apache-2.0
// TensorRT's Quantize and Dequantize (IQuantizeLayer, IDequantizeLayer) for FP8 (E4M3) and FP4
// (E2M1): out = cast(in / scale) and out = in * scale, with one scale for each block of the tensor.
// Per tensor, per channel, 1-D and 2-D blocks are block shapes of one mechanism. Source: TensorRT
// operator documentation, "Quantize" and "Dequantize"; docs/quantization.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "reference/format/format.hpp"
#include "reference/result.hpp"

namespace assay {

// A tensor cut into blocks of one shape: dimension i has shape[i] / block[i] blocks, and the scales
// form a row-major tensor of these extents.
struct BlockGrid {
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> block;

  std::int64_t elements() const;
  std::int64_t scales() const;
  std::vector<std::int64_t> scale_shape() const;
  // The index of the scale of the first element of a row (a run of the last dimension); column c of
  // the row has the scale c / block.back() further.
  std::int64_t first_scale(std::int64_t row) const;
};

// An entry of block_shape is positive or -1, the whole dimension: {-1, -1} is per tensor, {1, -1}
// per row, {1, 16} and {16, 1} are 1-D blocks, {128, 128} a 2-D block. Errors (invalid_vectors,
// naming tensor and dimension): a scalar, ranks that differ, an extent below 1, a block entry that
// is neither positive nor -1 or does not divide its extent, more elements than 2^63 - 1.
Result<BlockGrid> make_block_grid(const std::string& tensor, std::vector<std::int64_t> shape,
                                  std::span<const std::int64_t> block_shape);

// The bytes of the codes: one an element for e4m3, half for e2m1 (two along the last dimension, low
// nibble first).
std::int64_t code_bytes(const BlockGrid& grid, Format element);

// Each element: a binary32 division, correctly rounded, then nearest even, saturating: +-Inf gives
// the largest code, NaN gives 0x7F (e4m3) or 0x7 (e2m1), -0 keeps its sign. Errors (invalid_vectors
// naming tensor and index): an element format other than e4m3 and e2m1, a span of another size than
// the grid tells, an odd last dimension (e2m1), a scale that is not finite and > 0.
Status quantize_blocked(const std::string& tensor, const BlockGrid& grid, Format element,
                        std::span<const float> values, std::span<const float> scales,
                        std::span<std::uint8_t> codes);

// Each value: one binary32 multiplication; NaN codes give NaN. Errors as above, but a scale may be
// zero: that is what DynamicQuantize gives a block of zeros. Double quantization is this function
// twice: E4M3 block scales with the double-quantization scale per tensor, then the elements.
Status dequantize_blocked(const std::string& tensor, const BlockGrid& grid, Format element,
                          std::span<const std::uint8_t> codes, std::span<const float> scales,
                          std::span<float> values);

}  // namespace assay
