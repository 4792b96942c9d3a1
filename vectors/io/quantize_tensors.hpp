// SPDX-License-Identifier: Apache-2.0
// The operators `quantize` and `dequantize`: attributes recipe and, where stated, reciprocal_ulp;
// binary32 values [rows, columns] on one side, codes, block scales and the tensor scale on the
// other (docs/vectors.md).
#pragma once

#include <string>

#include "reference/quantize/recipe.hpp"
#include "vectors/io/operators.hpp"
#include "vectors/io/tensor_rules.hpp"

namespace assay {

inline constexpr const char* kTensorScaleStage = "stage.tensor_scale";
inline constexpr const char* kBlockScaleStage = "stage.block_scale";

// A recipe with the options that a case states.
struct QuantizeRule {
  const RecipeInfo* recipe = nullptr;
  RecipeOptions options;
};

// Errors (invalid_vectors): an attribute missing, unknown or without meaning.
Result<QuantizeRule> quantize_rule_of(const Attributes& attributes);
Result<const RecipeInfo*> dequantize_recipe_of(const Attributes& attributes);

Dtype codes_dtype(const RecipeInfo& recipe);
Shape codes_shape(const RecipeInfo& recipe, std::int64_t rows, std::int64_t columns);
Shape block_scales_shape(const RecipeInfo& recipe, std::int64_t rows, std::int64_t columns);

// The tensors that quantize fills, zero.
Tensors quantized_tensors(const RecipeInfo& recipe, std::int64_t rows, std::int64_t columns);
QuantizedDst quantized_dst(const RecipeInfo& recipe, Tensors& results);

// Rows of operators(). WEAK: at least 90 % of the codes zero or saturated, or of the values zero or
// not finite.
Operator quantize_operator();
Operator dequantize_operator();

}  // namespace assay
