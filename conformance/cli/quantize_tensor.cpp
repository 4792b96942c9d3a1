// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/quantize_tensor.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "conformance/cli/value_text.hpp"

namespace assay::cli {
namespace {

// Widening goes through a table: 2^16 decoded values serve any number of elements.
std::vector<float> decode_table(Format format) {
  std::vector<float> table(std::size_t{1} << 16);
  for (std::size_t code = 0; code < table.size(); ++code)
    table[code] = static_cast<float>(decode(format, code));
  return table;
}

struct Magnitudes {
  std::array<double, 256> of_code{};
  double largest = 0;
};

Magnitudes magnitudes(Format element) {
  Magnitudes result;
  for (std::size_t code = 0; code < result.of_code.size(); ++code) {
    const double value = std::fabs(decode(element, element == Format::e2m1 ? code & 0xF : code));
    result.of_code[code] = value;
    if (!std::isnan(value)) result.largest = std::max(result.largest, value);
  }
  return result;
}

void summarize_codes(const RecipeInfo& recipe, const QuantizedTensor& tensor,
                     QuantizeSummary& summary) {
  const Magnitudes magnitude = magnitudes(recipe.element);
  for (std::int64_t begin = 0; begin < summary.elements; begin += recipe.block_size) {
    bool is_zero = true;
    for (std::int64_t i = begin; i < begin + recipe.block_size; ++i) {
      const double value = magnitude.of_code[code_at(recipe, tensor, i)];
      is_zero = is_zero && value == 0;
      summary.saturated += value == magnitude.largest ? 1 : 0;
    }
    summary.zero_blocks += is_zero ? 1 : 0;
  }
}

}  // namespace

std::span<const float> f32_values(const TensorView& view, std::vector<float>& widened) {
  if (view.dtype == Dtype::f32) return view.as<float>();
  static const std::vector<float> f16 = decode_table(Format::f16);
  static const std::vector<float> bf16 = decode_table(Format::bf16);
  const std::vector<float>& table = view.dtype == Dtype::f16 ? f16 : bf16;
  widened.reserve(static_cast<std::size_t>(view.elements()));
  for (const std::uint16_t code : view.as<std::uint16_t>())
    widened.push_back(table[code]);
  return widened;
}

Result<QuantizedTensor> quantize_tensor(const QuantizedLayout& layout, const std::string& name,
                                        const std::vector<std::int64_t>& shape,
                                        std::span<const float> values) {
  const RecipeInfo& recipe = *layout.recipe;
  const std::int64_t columns = shape.back();
  if (columns <= 0 || columns % recipe.block_size != 0)
    return fail(ErrorCode::invalid_vectors,
                "tensor {}: rows of {} elements are not whole blocks of {}, recipe {}", name,
                columns, recipe.block_size, recipe.name);
  QuantizedTensor tensor = make_quantized_tensor(recipe, shape);
  ASSAY_TRY(quantize(recipe, layout.options, name, values, columns,
                     {tensor.codes, tensor.block_scales, &tensor.tensor_scale}));
  return tensor;
}

Result<std::vector<float>> dequantize_tensor(const QuantizedLayout& layout, const std::string& name,
                                             const QuantizedTensor& tensor) {
  std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
  ASSAY_TRY(dequantize(*layout.recipe, name,
                       {tensor.codes, tensor.block_scales, tensor.tensor_scale}, tensor.columns(),
                       values));
  return values;
}

std::uint8_t code_at(const RecipeInfo& recipe, const QuantizedTensor& tensor,
                     std::int64_t element) {
  const auto i = static_cast<std::size_t>(element);
  if (recipe.element != Format::e2m1) return tensor.codes[i];
  return (tensor.codes[i / 2] >> (4 * (i % 2))) & 0xF;
}

QuantizeSummary summarize(const RecipeInfo& recipe, const QuantizedTensor& tensor,
                          std::span<const float> values) {
  QuantizeSummary summary;
  summary.elements = tensor.elements();
  summary.tensor_scale = tensor.tensor_scale;
  summarize_codes(recipe, tensor, summary);
  for (const float value : values)
    summary.amax = std::max(summary.amax, std::fabs(value));
  if (tensor.block_scales.empty()) return summary;
  summary.min_scale = std::numeric_limits<double>::infinity();
  summary.max_scale = -summary.min_scale;
  for (const std::uint8_t code : tensor.block_scales) {
    const double scale = decode(recipe.block_scale, code);
    summary.min_scale = std::min(summary.min_scale, scale);
    summary.max_scale = std::max(summary.max_scale, scale);
  }
  return summary;
}

nlohmann::json summary_json(const RecipeInfo& recipe, const QuantizeSummary& summary) {
  nlohmann::json object = {
      {"elements", summary.elements},
      {"zero_blocks", summary.zero_blocks},
      {"saturated", summary.saturated},
      {"amax", value_text(summary.amax)},
      {"min_block_scale", value_text(summary.min_scale)},
      {"max_block_scale", value_text(summary.max_scale)},
  };
  if (recipe.tensor_scale != TensorScale::none)
    object[std::string(tensor_scale_kind(recipe.tensor_scale))] = value_text(summary.tensor_scale);
  return object;
}

}  // namespace assay::cli
