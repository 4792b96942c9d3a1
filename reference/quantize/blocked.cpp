// SPDX-License-Identifier: Apache-2.0
// Tensors are walked a row of the last dimension at a time; the blocks that a row meets are
// neighbours in the tensor of scales.
#include "reference/quantize/blocked.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>

#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"

namespace assay {
namespace {

constexpr std::int64_t kWholeDimension = -1;

Status check_size(const std::string& tensor, const char* what, std::size_t actual,
                  std::int64_t expected) {
  if (actual == static_cast<std::size_t>(expected)) return {};
  return fail(ErrorCode::invalid_vectors, "{}: {} {}, the block shape asks for {}", tensor, actual,
              what, expected);
}

Status check_operands(const std::string& tensor, const BlockGrid& grid, Format element,
                      std::size_t values, std::size_t scales, std::size_t codes) {
  if (element != Format::e4m3 && element != Format::e2m1) {
    return fail(ErrorCode::invalid_vectors, "{}: elements are e4m3 or e2m1, not {}", tensor,
                format_info(element).name);
  }
  if (element == Format::e2m1 && grid.shape.back() % 2 != 0) {
    return fail(ErrorCode::invalid_vectors,
                "{}: the last dimension is {}; e2m1 packs two elements in a byte", tensor,
                grid.shape.back());
  }
  ASSAY_TRY(check_size(tensor, "values", values, grid.elements()));
  ASSAY_TRY(check_size(tensor, "scales", scales, grid.scales()));
  return check_size(tensor, "bytes of codes", codes, code_bytes(grid, element));
}

Status check_scales(const std::string& tensor, std::span<const float> scales, bool zero_allowed) {
  for (std::size_t i = 0; i < scales.size(); ++i) {
    const bool is_large_enough = zero_allowed ? !std::signbit(scales[i]) : scales[i] > 0;
    if (std::isfinite(scales[i]) && is_large_enough) continue;
    return fail(ErrorCode::invalid_vectors, "{}: scale [{}] = {}: it must be finite and {}", tensor,
                i, scales[i], zero_allowed ? "not negative" : "greater than 0");
  }
  return {};
}

// One row: quotients to codes, by way of a code a byte.
void encode_row(Format element, std::span<const float> quotients, std::span<std::uint8_t> row_codes,
                std::span<std::uint8_t> dst) {
  if (element == Format::e4m3) return f32_to_e4m3(quotients, dst);
  f32_to_e2m1(quotients, row_codes);
  for (std::size_t i = 0; i < dst.size(); ++i) {
    dst[i] = pack_e2m1x2(row_codes[2 * i], row_codes[2 * i + 1]);
  }
}

}  // namespace

std::int64_t BlockGrid::elements() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::vector<std::int64_t> BlockGrid::scale_shape() const {
  std::vector<std::int64_t> result(shape.size());
  std::transform(shape.begin(), shape.end(), block.begin(), result.begin(), std::divides<>());
  return result;
}

std::int64_t BlockGrid::scales() const {
  const std::vector<std::int64_t> extents = scale_shape();
  return std::accumulate(extents.begin(), extents.end(), std::int64_t{1}, std::multiplies<>());
}

std::int64_t BlockGrid::first_scale(std::int64_t row) const {
  std::int64_t index = 0;
  std::int64_t stride = shape.back() / block.back();
  for (std::size_t i = shape.size() - 1; i-- > 0; row /= shape[i]) {
    index += row % shape[i] / block[i] * stride;
    stride *= shape[i] / block[i];
  }
  return index;
}

Result<BlockGrid> make_block_grid(const std::string& tensor, std::vector<std::int64_t> shape,
                                  std::span<const std::int64_t> block_shape) {
  if (shape.empty()) return fail(ErrorCode::invalid_vectors, "{}: it must not be a scalar", tensor);
  if (shape.size() != block_shape.size()) {
    return fail(ErrorCode::invalid_vectors, "{}: rank {}, but the block shape has rank {}", tensor,
                shape.size(), block_shape.size());
  }
  std::int64_t elements = 1;
  BlockGrid grid{std::move(shape), {}};
  for (std::size_t i = 0; i < grid.shape.size(); ++i) {
    const std::int64_t extent = grid.shape[i];
    const std::int64_t block = block_shape[i] == kWholeDimension ? extent : block_shape[i];
    if (extent < 1 || block < 1 || extent % block != 0) {
      return fail(ErrorCode::invalid_vectors,
                  "{}: dimension {} of extent {} cannot be cut into blocks of {}", tensor, i,
                  extent, block_shape[i]);
    }
    if (elements > std::numeric_limits<std::int64_t>::max() / extent) {
      return fail(ErrorCode::invalid_vectors, "{}: more elements than 2^63 - 1", tensor);
    }
    elements *= extent;
    grid.block.push_back(block);
  }
  return grid;
}

std::int64_t code_bytes(const BlockGrid& grid, Format element) {
  return element == Format::e2m1 ? grid.elements() / 2 : grid.elements();
}

Status quantize_blocked(const std::string& tensor, const BlockGrid& grid, Format element,
                        std::span<const float> values, std::span<const float> scales,
                        std::span<std::uint8_t> codes) {
  ASSAY_TRY(check_operands(tensor, grid, element, values.size(), scales.size(), codes.size()));
  ASSAY_TRY(check_scales(tensor, scales, false));
  const std::int64_t columns = grid.shape.back();
  const auto run = static_cast<std::size_t>(grid.block.back());
  std::vector<float> quotients(static_cast<std::size_t>(columns));
  std::vector<std::uint8_t> row_codes(quotients.size());
  for (std::int64_t row = 0; row < grid.elements() / columns; ++row) {
    const auto x = values.subspan(static_cast<std::size_t>(row * columns), quotients.size());
    const auto row_scales = scales.subspan(static_cast<std::size_t>(grid.first_scale(row)));
    for (std::size_t i = 0; i < quotients.size(); ++i) {
      quotients[i] = x[i] / row_scales[i / run];
    }
    const std::int64_t row_bytes = code_bytes(grid, element) / (grid.elements() / columns);
    encode_row(element, quotients, row_codes,
               codes.subspan(static_cast<std::size_t>(row * row_bytes),
                             static_cast<std::size_t>(row_bytes)));
  }
  return {};
}

Status dequantize_blocked(const std::string& tensor, const BlockGrid& grid, Format element,
                          std::span<const std::uint8_t> codes, std::span<const float> scales,
                          std::span<float> values) {
  ASSAY_TRY(check_operands(tensor, grid, element, values.size(), scales.size(), codes.size()));
  ASSAY_TRY(check_scales(tensor, scales, true));
  const std::int64_t columns = grid.shape.back();
  for (std::int64_t row = 0; row < grid.elements() / columns; ++row) {
    const std::int64_t first_scale = grid.first_scale(row);
    for (std::int64_t column = 0; column < columns; ++column) {
      const auto i = static_cast<std::size_t>(row * columns + column);
      const auto scale = static_cast<std::size_t>(first_scale + column / grid.block.back());
      const float value = element == Format::e4m3 ? e4m3_to_f32(codes[i])
                                                  : e2m1_to_f32(unpack_e2m1(codes[i / 2], column));
      values[i] = value * scales[scale];
    }
  }
  return {};
}

}  // namespace assay
