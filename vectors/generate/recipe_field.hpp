// SPDX-License-Identifier: Apache-2.0
// The field "recipe" of groups that quantize or dequantize: names of recipes, or "all".
#pragma once

#include <nlohmann/json.hpp>

#include "reference/quantize/recipe.hpp"

namespace assay {

// The group with "all" replaced by the list.
inline nlohmann::json with_all_recipes(nlohmann::json group) {
  if (group["recipe"] != "all") return group;
  group["recipe"] = nlohmann::json::array();
  for (const RecipeInfo& info : recipes())
    group["recipe"].push_back(info.name);
  return group;
}

}  // namespace assay
