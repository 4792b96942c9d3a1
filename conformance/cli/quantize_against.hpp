// SPDX-License-Identifier: Apache-2.0
// Two recipes on one tensor: how many block scales and codes differ, and the first that does.
#pragma once

#include <optional>

#include <nlohmann/json.hpp>

#include "conformance/cli/quantize_tensor.hpp"

namespace assay::cli {

// Error (usage): recipes whose codes or blocks do not correspond one to one.
Status check_comparable(const RecipeInfo& a, const RecipeInfo& b);

struct Against {
  std::int64_t blocks = 0, differing_scales = 0;
  std::int64_t elements = 0, differing_codes = 0;
  // Where both recipes keep the same kind of tensor scale.
  std::optional<bool> same_tensor_scale;

  // The first block in which a scale or a code differs.
  struct First {
    std::int64_t block = 0;
    float amax = 0;
    std::uint8_t scales[2] = {};
    std::int64_t element = -1;  // none where the codes agree
    float value = 0;
    std::uint8_t codes[2] = {};
  };
  std::optional<First> first;

  bool equal() const { return !first && same_tensor_scale.value_or(true); }
};

// Preconditions: comparable recipes, the same values.
Against compare_quantized(const RecipeInfo& a_recipe, const RecipeInfo& b_recipe,
                          const QuantizedTensor& a, const QuantizedTensor& b,
                          std::span<const float> values);

struct AgainstReport {
  const RecipeInfo* recipes[2];
  const std::string& tensor;
  std::int64_t columns;
  const Against& result;

  void print() const;
  nlohmann::json json() const;
};

}  // namespace assay::cli
