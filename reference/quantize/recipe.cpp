// SPDX-License-Identifier: Apache-2.0
// The table of recipes, and the checks that its functions may rely on (recipe_entry.hpp).
#include "reference/quantize/recipe.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

#include "reference/quantize/amax.hpp"
#include "reference/quantize/recipe_entry.hpp"
#include "reference/suggest.hpp"

namespace assay {
namespace {

const std::vector<RecipeEntry>& entries() {
  static const std::vector<RecipeEntry> all = [] {
    std::vector<RecipeEntry> list;
    for (const auto& family : {nvfp4_recipes(), mx_recipes()}) {
      list.insert(list.end(), family.begin(), family.end());
    }
    return list;
  }();
  return all;
}

const RecipeEntry& entry_of(const RecipeInfo& recipe) {
  const auto same_name = [&](const RecipeEntry& entry) { return entry.info.name == recipe.name; };
  const auto found = std::find_if(entries().begin(), entries().end(), same_name);
  assert(found != entries().end());
  return *found;
}

Status check_columns(const RecipeInfo& recipe, const std::string& tensor, std::int64_t columns) {
  if (columns > 0 && columns % recipe.block_size == 0) return {};
  return fail(ErrorCode::invalid_vectors,
              "{}: {} columns: the recipe {} needs a positive multiple of {}", tensor, columns,
              recipe.name, recipe.block_size);
}

Status check_options(const RecipeInfo& recipe, const RecipeOptions& options) {
  if (options.reciprocal_ulp != 0 && !recipe.has_reciprocals) {
    return fail(ErrorCode::usage, "the recipe {} has no approximate reciprocals: no reciprocal_ulp",
                recipe.name);
  }
  if (std::abs(options.reciprocal_ulp) > 1) {
    return fail(ErrorCode::usage, "reciprocal_ulp {}: must be -1, 0 or 1", options.reciprocal_ulp);
  }
  return {};
}

Status check_block_scale(const RecipeInfo& recipe, const std::string& tensor, std::size_t index,
                         std::uint8_t code) {
  const bool is_e8m0 = recipe.block_scale == Format::e8m0;
  const bool is_nan = is_e8m0 ? code == 0xFF : (code & 0x7F) == 0x7F;
  const bool is_negative = !is_e8m0 && code >= 0x80;
  if (!is_nan && !is_negative) return {};
  return fail(ErrorCode::invalid_vectors, "{}: block scale {} = 0x{:02x}: must not be {}", tensor,
              index, code, is_nan ? "NaN" : "negative");
}

Status check_tensor_scale(const RecipeInfo& recipe, const std::string& tensor, float scale) {
  if (recipe.tensor_scale == TensorScale::none) return {};
  const bool may_be_zero = recipe.tensor_scale == TensorScale::amax;
  if (std::isfinite(scale) && (scale > 0 || (may_be_zero && scale == 0))) return {};
  return fail(ErrorCode::invalid_vectors, "{}: tensor scale {}: must be finite and {}", tensor,
              scale, may_be_zero ? "not negative" : "greater than 0");
}

}  // namespace

std::span<const RecipeInfo> recipes() {
  static const std::vector<RecipeInfo> all = [] {
    std::vector<RecipeInfo> list;
    for (const RecipeEntry& entry : entries())
      list.push_back(entry.info);
    return list;
  }();
  return all;
}

Result<const RecipeInfo*> find_recipe(std::string_view name) {
  std::vector<std::string> names;
  for (const RecipeInfo& recipe : recipes()) {
    if (recipe.name == name) return &recipe;
    names.emplace_back(recipe.name);
  }
  return fail(ErrorCode::usage, "unknown recipe \"{}\"{}; the recipes are {}", name,
              did_you_mean(name, names), fmt::join(names, ", "));
}

std::int64_t code_bytes(const RecipeInfo& recipe, std::int64_t elements) {
  return recipe.element == Format::e2m1 ? elements / 2 : elements;
}

Status quantize(const RecipeInfo& recipe, const RecipeOptions& options, const std::string& tensor,
                std::span<const float> values, std::int64_t columns, const QuantizedDst& dst) {
  ASSAY_TRY(check_options(recipe, options));
  ASSAY_TRY(check_columns(recipe, tensor, columns));
  ASSAY_TRY(finite_amax(tensor, "value", values));
  entry_of(recipe).quantize(options, values, dst);
  return {};
}

Status dequantize(const RecipeInfo& recipe, const std::string& tensor, const QuantizedSrc& src,
                  std::int64_t columns, std::span<float> values) {
  ASSAY_TRY(check_columns(recipe, tensor, columns));
  for (std::size_t i = 0; i < src.block_scales.size(); ++i) {
    ASSAY_TRY(check_block_scale(recipe, tensor, i, src.block_scales[i]));
  }
  ASSAY_TRY(check_tensor_scale(recipe, tensor, src.tensor_scale));
  entry_of(recipe).dequantize(src, values);
  return {};
}

}  // namespace assay
