// SPDX-License-Identifier: Apache-2.0
// Strict on purpose: a field that its distribution does not use would be a silent misunderstanding.
#include "vectors/generate/value_recipe.hpp"

#include <cmath>

#include "vectors/generate/names.hpp"
#include "vectors/generate/values.hpp"
#include "vectors/generate/weights.hpp"

namespace assay {
namespace {

using nlohmann::json;
Names known_distributions(bool for_weights) {
  Names names;
  for (const Distribution& entry : distributions())
    if ((for_weights ? entry.weights : entry.hidden_states) != nullptr)
      names.emplace_back(entry.name);
  if (for_weights)
    for (std::string& name : given_weight_distributions())
      names.push_back(std::move(name));
  return names;
}

// Fields besides "distribution" and "as_codes"; `required` ones have no default.
struct Fields {
  Names required, optional;
};

Fields fields_of(const std::string& distribution, bool for_weights) {
  if (for_weights) {
    if (distribution == "file") return {{"file", "sha256"}, {}};
    if (distribution == "constant_codes")
      return {{"code", "block_scale", "tensor_scale_decode"}, {}};
    if (distribution == "codes" || distribution == "beyond_binary64")
      return {{}, {"tensor_scale_decode"}};
  }
  return {{}, {"scale"}};
}

Status check_fields(const json& object, bool for_weights, const std::string& where) {
  const std::string distribution = object["distribution"];
  ASSAY_TRY(check_name(where + ": distribution", distribution, known_distributions(for_weights)));
  const Fields fields = fields_of(distribution, for_weights);
  for (const auto& [field, unused] : object.items())
    if (field != "distribution" && field != "as_codes" && !contains(fields.required, field) &&
        !contains(fields.optional, field))
      return fail(ErrorCode::invalid_vectors,
                  "{}: field \"{}\" has no meaning for distribution \"{}\"", where, field,
                  distribution);
  for (const std::string& field : fields.required)
    if (!object.contains(field))
      return fail(ErrorCode::invalid_vectors, "{}: distribution \"{}\" needs field \"{}\"", where,
                  distribution, field);
  return {};
}

std::uint8_t hex_code(const json& object, const char* field) {
  return static_cast<std::uint8_t>(std::stoul(object.value(field, "0x0"), nullptr, 16));
}

Result<float> positive(const json& value, const std::string& where) {
  const float number = value.get<float>();
  if (!std::isfinite(number) || number <= 0)
    return fail(ErrorCode::invalid_vectors, "{}: {} is not positive and finite in binary32", where,
                value.dump());
  return number;
}

Result<ValueRecipe> read_values(const json& object, bool for_weights, const std::string& where) {
  ASSAY_TRY(check_fields(object, for_weights, where));
  ValueRecipe recipe;
  recipe.distribution = object["distribution"];
  recipe.code = hex_code(object, "code");
  recipe.block_scale = hex_code(object, "block_scale");
  recipe.file = object.value("file", "");
  recipe.file_sha256 = object.value("sha256", "");
  ASSAY_ASSIGN(recipe.tensor_scale_decode, positive(object.value("tensor_scale_decode", json(1)),
                                                    where + ": tensor_scale_decode"));
  const json scale = object.value("scale", json(1));
  // A constant's scale is the constant: zero and negative ones are of use.
  if (recipe.distribution == "constant" && std::isfinite(scale.get<float>())) {
    recipe.scale = scale.get<float>();
  } else {
    ASSAY_ASSIGN(recipe.scale, positive(scale, where + ": scale"));
  }
  return recipe;
}

Result<ScaleRecipe> read_scale(const json& value, const std::string& where) {
  if (value == "amax") return ScaleRecipe{.from_amax = true};
  ASSAY_ASSIGN(const float number, positive(value, where));
  return ScaleRecipe{.from_amax = false, .value = number};
}

bool is_on_grid(const ValueRecipe& recipe) {
  const Distribution* distribution = find_distribution(recipe.distribution);
  return distribution != nullptr && distribution->on_grid;
}

Status check_grids(const MoeRecipe& recipe, const std::string& where) {
  const ScaleRecipe& scale = recipe.hidden_states_scale;
  if (is_on_grid(recipe.hidden_states) &&
      (scale.from_amax || scale.value != recipe.hidden_states.scale))
    return fail(ErrorCode::invalid_vectors,
                "{}: hidden_states: distribution \"{}\" aims at multiples of its scale, so "
                "hidden_states_scale must be the same number, {}",
                where, recipe.hidden_states.distribution, recipe.hidden_states.scale);
  int exponent = 0;
  if (is_on_grid(recipe.weights) && std::frexp(recipe.weights.scale, &exponent) != 0.5f)
    return fail(ErrorCode::invalid_vectors,
                "{}: weights: distribution \"{}\" needs a power of two as scale, got {}", where,
                recipe.weights.distribution, recipe.weights.scale);
  return {};
}

}  // namespace

Status read_value_recipes(const json& group, MoeRecipe& recipe, const std::string& where) {
  ASSAY_ASSIGN(recipe.weights, read_values(group["weights"], true, where + ": weights"));
  ASSAY_ASSIGN(recipe.hidden_states,
               read_values(group["hidden_states"], false, where + ": hidden_states"));
  recipe.hidden_states_as_codes = group["hidden_states"].value("as_codes", false);
  ASSAY_ASSIGN(recipe.hidden_states_scale,
               read_scale(group.value("hidden_states_scale", json("amax")),
                          where + ": hidden_states_scale"));
  const json down = group.value("fc_down_activation_scale", json::object());
  recipe.per_expert_down_scale = down.value("shape", "scalar") == "per_expert";
  ASSAY_ASSIGN(recipe.down_activation_scale,
               read_scale(down.value("value", json("amax")), where + ": fc_down_activation_scale"));
  return check_grids(recipe, where);
}

}  // namespace assay
