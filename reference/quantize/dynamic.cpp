// SPDX-License-Identifier: Apache-2.0
// Each scheme turns the amax of the blocks into scales; the elements are quantize_blocked's.
#include "reference/quantize/dynamic.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"
#include "reference/format/e8m0.hpp"
#include "reference/format/nvfp4_block.hpp"

namespace assay {
namespace {

Status check_1d_blocks(const std::string& tensor, const BlockGrid& grid, std::int64_t size) {
  const std::size_t rank = grid.block.size();
  for (std::size_t axis = rank < 2 ? 0 : rank - 2; axis < rank; ++axis) {
    std::vector<std::int64_t> expected(rank, 1);
    expected[axis] = size;
    if (grid.block == expected) return {};
  }
  return fail(ErrorCode::invalid_vectors,
              "{}: blocks must be {} along the last or second-to-last dimension, 1 elsewhere",
              tensor, size);
}

Result<std::vector<float>> block_amax(const std::string& tensor, const BlockGrid& grid,
                                      std::span<const float> values) {
  if (values.size() != static_cast<std::size_t>(grid.elements())) {
    return fail(ErrorCode::invalid_vectors, "{}: {} values, the grid asks for {}", tensor,
                values.size(), grid.elements());
  }
  std::vector<float> amax(static_cast<std::size_t>(grid.scales()), 0.0f);
  const std::int64_t columns = grid.shape.back();
  for (std::int64_t row = 0; row < grid.elements() / columns; ++row) {
    const std::int64_t first_scale = grid.first_scale(row);
    for (std::int64_t column = 0; column < columns; ++column) {
      const float value = values[static_cast<std::size_t>(row * columns + column)];
      if (!std::isfinite(value)) {
        return fail(ErrorCode::invalid_vectors, "{}[{}] = {}: it must be finite", tensor,
                    row * columns + column, value);
      }
      float& most = amax[static_cast<std::size_t>(first_scale + column / grid.block.back())];
      most = std::max(most, std::fabs(value));
    }
  }
  return amax;
}

Status check_scale_count(const std::string& tensor, const BlockGrid& grid, std::size_t scales) {
  if (scales == static_cast<std::size_t>(grid.scales())) return {};
  return fail(ErrorCode::invalid_vectors, "{}: {} block scales, the block shape asks for {}",
              tensor, scales, grid.scales());
}

}  // namespace

Status dynamic_quantize_nvfp4(const std::string& tensor, const BlockGrid& grid,
                              std::span<const float> values, float double_quant_scale,
                              std::span<std::uint8_t> codes, std::span<std::uint8_t> block_scales) {
  if (!std::isfinite(double_quant_scale) || !(double_quant_scale > 0)) {
    return fail(ErrorCode::invalid_vectors,
                "{}: double quantization scale {}: it must be finite and greater than 0", tensor,
                double_quant_scale);
  }
  ASSAY_TRY(check_1d_blocks(tensor, grid, kNvfp4BlockSize));
  ASSAY_TRY(check_scale_count(tensor, grid, block_scales.size()));
  ASSAY_ASSIGN(std::vector<float> scales, block_amax(tensor, grid, values));
  for (std::size_t i = 0; i < scales.size(); ++i) {
    block_scales[i] = f32_to_e4m3(scales[i] / kE2m1Max / double_quant_scale);
    scales[i] = e4m3_to_f32(block_scales[i]) * double_quant_scale;
    // The elements of such a block are so small that this quotient rounds to zero, too.
    if (scales[i] == 0) scales[i] = std::numeric_limits<float>::max();
  }
  return quantize_blocked(tensor, grid, Format::e2m1, values, scales, codes);
}

Status dynamic_quantize_mxfp8(const std::string& tensor, const BlockGrid& grid,
                              std::span<const float> values, ScaleMode mode,
                              std::span<std::uint8_t> codes, std::span<std::uint8_t> block_scales) {
  ASSAY_TRY(check_1d_blocks(tensor, grid, kMxBlockSize));
  ASSAY_TRY(check_scale_count(tensor, grid, block_scales.size()));
  ASSAY_ASSIGN(std::vector<float> scales, block_amax(tensor, grid, values));
  for (std::size_t i = 0; i < scales.size(); ++i) {
    block_scales[i] = mx_block_scale(mode, Format::e4m3, scales[i]);
    scales[i] = e8m0_to_f32(block_scales[i]);
  }
  return quantize_blocked(tensor, grid, Format::e4m3, values, scales, codes);
}

Status dynamic_quantize_fp8(const std::string& tensor, const BlockGrid& grid,
                            std::span<const float> values, std::span<std::uint8_t> codes,
                            std::span<float> scales) {
  ASSAY_TRY(check_scale_count(tensor, grid, scales.size()));
  ASSAY_ASSIGN(const std::vector<float> amax, block_amax(tensor, grid, values));
  for (std::size_t i = 0; i < scales.size(); ++i) {
    const float scale = amax[i] / kE4m3Max;
    scales[i] = scale == 0 ? 1 : scale;
  }
  return quantize_blocked(tensor, grid, Format::e4m3, values, scales, codes);
}

}  // namespace assay
