// SPDX-License-Identifier: Apache-2.0
// Recipes applied to tensors of a file, and what there is to say about the result.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "vectors/io/quantized_file.hpp"

namespace assay::cli {

// What `assay quantize` takes.
inline const std::vector<Dtype> kQuantizableDtypes{Dtype::f32, Dtype::f16, Dtype::bf16};

// The values of an F32, F16 or BF16 tensor, exactly; those that are no F32 are kept in `widened`.
std::span<const float> f32_values(const TensorView& view, std::vector<float>& widened);

// A stack of matrices is quantized as one, under one tensor scale. Errors: those of the recipe,
// and rows that are not whole blocks.
Result<QuantizedTensor> quantize_tensor(const QuantizedLayout& layout, const std::string& name,
                                        const std::vector<std::int64_t>& shape,
                                        std::span<const float> values);

Result<std::vector<float>> dequantize_tensor(const QuantizedLayout& layout, const std::string& name,
                                             const QuantizedTensor& tensor);

// The code of one element, whatever their packing.
std::uint8_t code_at(const RecipeInfo& recipe, const QuantizedTensor& tensor, std::int64_t element);

struct QuantizeSummary {
  std::int64_t elements = 0;
  std::int64_t zero_blocks = 0;  // all codes are zero
  std::int64_t saturated = 0;    // codes of the largest magnitude
  double min_scale = 0, max_scale = 0;
  float amax = 0;
  float tensor_scale = 1;
};

QuantizeSummary summarize(const RecipeInfo& recipe, const QuantizedTensor& tensor,
                          std::span<const float> values);

// Its fields, the tensor scale under the name that the recipe gives it.
nlohmann::json summary_json(const RecipeInfo& recipe, const QuantizeSummary& summary);

}  // namespace assay::cli
