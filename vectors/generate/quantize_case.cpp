// SPDX-License-Identifier: Apache-2.0
// Groups and inputs of the operator `quantize`. Its bits follow from the order of operations that
// the recipe specifies, so its class is B.
#include <array>
#include <cmath>

#include "vectors/generate/case_kind.hpp"
#include "vectors/generate/group_fields.hpp"
#include "vectors/generate/matrix_values.hpp"
#include "vectors/generate/recipe_field.hpp"
#include "vectors/io/quantize_tensors.hpp"

namespace assay {
namespace {

using nlohmann::json;

// Adding a recipe to the library must not rename the cases of the others.
constexpr std::array kAxes{Axis{"recipe", "", true}, Axis{"reciprocal_ulp", "ulp", true},
                           Axis{"rows", "r"}, Axis{"columns", "c"}};

constexpr double kMaxElements = 0x1p36;

Status check_shape(const QuantizeRecipe& recipe, const std::string& where) {
  if (recipe.columns % recipe.recipe->block_size != 0)
    return fail(ErrorCode::invalid_vectors, "{}: columns {} is no multiple of the blocks of {}, {}",
                where, recipe.columns, recipe.recipe->name, recipe.recipe->block_size);
  if (static_cast<double>(recipe.rows) * static_cast<double>(recipe.columns) > kMaxElements)
    return fail(ErrorCode::invalid_vectors, "{}: rows {}, columns {}: more than 2^36 values", where,
                recipe.rows, recipe.columns);
  return {};
}

Result<ValueRecipe> read_values(const json& values, const std::string& where) {
  ValueRecipe recipe;
  recipe.distribution = values["distribution"];
  ASSAY_TRY(check_name(where + ": distribution", recipe.distribution, matrix_distribution_names()));
  recipe.scale = values.value("scale", 1.0f);
  if (!std::isfinite(recipe.scale) || (recipe.scale <= 0 && recipe.distribution != "constant"))
    return fail(ErrorCode::invalid_vectors, "{}: scale: {} is not positive and finite in binary32",
                where, values["scale"].dump());
  int exponent = 0;
  if (find_matrix_distribution(recipe.distribution).on_grid &&
      std::frexp(recipe.scale, &exponent) != 0.5f)
    return fail(ErrorCode::invalid_vectors,
                "{}: distribution \"{}\" needs a power of two as scale, got {}", where,
                recipe.distribution, recipe.scale);
  return recipe;
}

Result<CaseRecipe> to_recipe(const json& group, const std::string& where) {
  CaseRecipe recipe;
  recipe.attributes = {{"recipe", group["recipe"].get<std::string>()}};
  if (group.contains("reciprocal_ulp"))
    recipe.attributes["reciprocal_ulp"] = group["reciprocal_ulp"].dump();
  const auto rule = quantize_rule_of(recipe.attributes);
  if (!rule) return fail(ErrorCode::invalid_vectors, "{}: {}", where, rule.error().message);
  QuantizeRecipe inputs;
  inputs.recipe = rule->recipe;
  inputs.rows = group["rows"];
  inputs.columns = group["columns"];
  ASSAY_TRY(check_shape(inputs, where));
  ASSAY_ASSIGN(inputs.values, read_values(group["values"], where + ": values"));
  recipe.inputs = inputs;
  return recipe;
}

Result<std::vector<Variant>> expand(const json& group, const std::string& where) {
  ASSAY_ASSIGN(const auto all, combinations(with_all_recipes(group), kAxes, where));
  std::vector<Variant> variants;
  for (const auto& [each, name] : all) {
    ASSAY_ASSIGN(CaseRecipe recipe, to_recipe(each, where));
    variants.push_back({name, std::move(recipe)});
  }
  return variants;
}

Status add_inputs(const CaseRecipe& recipe, const std::filesystem::path&, Tensors& tensors) {
  const auto& inputs = std::get<QuantizeRecipe>(recipe.inputs);
  Tensor& values = tensors["values"] = Tensor(Dtype::f32, {inputs.rows, inputs.columns});
  find_matrix_distribution(inputs.values.distribution)
      .draw({recipe.seed, "values", inputs.values.scale, inputs.columns, values.as<float>()});
  return {};
}

Result<std::string> classify(const CaseRecipe&, const Tensors&) {
  return "B";
}

}  // namespace

CaseKind quantize_case_kind() {
  return {"quantize", expand, add_inputs, classify};
}

}  // namespace assay
