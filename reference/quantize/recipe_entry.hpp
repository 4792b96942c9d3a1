// SPDX-License-Identifier: Apache-2.0
// How a recipe plugs into the table of recipe.hpp: its row of facts and two functions. A family of
// recipes (recipes/, mx.cpp) provides a span of entries; recipe.cpp strings the spans together and
// makes every check that its header promises before it calls an entry.
#pragma once

#include <span>

#include "reference/quantize/recipe.hpp"

namespace assay {

struct RecipeEntry {
  RecipeInfo info;
  // Total under what recipe.cpp has checked: whole blocks, finite values, options the recipe has,
  // spans of the right sizes.
  void (*quantize)(const RecipeOptions& options, std::span<const float> values,
                   const QuantizedDst& dst);
  // Total likewise: no NaN or negative scale, a tensor scale that is positive and finite.
  void (*dequantize)(const QuantizedSrc& src, std::span<float> values);
};

std::span<const RecipeEntry> nvfp4_recipes();  // recipes/nvfp4_recipes.cpp
std::span<const RecipeEntry> mx_recipes();     // mx.cpp

}  // namespace assay
