// SPDX-License-Identifier: Apache-2.0
// Groups of MoE layers: the fields, their defaults, and the checks that JSON Schema cannot express.
#include <algorithm>
#include <array>

#include "vectors/generate/group_fields.hpp"
#include "vectors/generate/moe_case.hpp"
#include "vectors/generate/names.hpp"
#include "vectors/generate/routing.hpp"
#include "vectors/generate/value_recipe.hpp"

namespace assay {
namespace {

using nlohmann::json;

constexpr std::array<Axis, 9> kAxes{{{"profile", "", false, "tensorrt_"},
                                     {"routing", ""},
                                     {"scores", ""},
                                     {"batch", "b"},
                                     {"sequence_length", "t"},
                                     {"hidden_size", "h"},
                                     {"intermediate_size", "i"},
                                     {"num_experts", "e"},
                                     {"top_k", "k"}}};

// More than these is a typing error: no machine holds such a case.
constexpr double kMaxElements = 0x1p36;  // weights, or values of one stage
constexpr double kMaxSlots = 0x1p24;     // tokens * top_k

MoeShape shape_of(const json& group) {
  return {.batch = group.value("batch", std::int64_t{1}),
          .sequence_length = group["sequence_length"],
          .hidden_size = group["hidden_size"],
          .intermediate_size = group["intermediate_size"],
          .num_experts = group["num_experts"],
          .top_k = group["top_k"]};
}

Status check_shape(const MoeRecipe& recipe, const std::string& where) {
  const MoeShape& shape = recipe.shape;
  const double hidden = static_cast<double>(shape.hidden_size);
  const double intermediate = static_cast<double>(shape.intermediate_size);
  const double weights = 3 * hidden * intermediate * static_cast<double>(shape.num_experts);
  const double slots = static_cast<double>(shape.batch) *
                       static_cast<double>(shape.sequence_length) *
                       static_cast<double>(shape.top_k);
  const double stage = std::max(hidden, intermediate) * slots;
  if (weights > kMaxElements)
    return fail(ErrorCode::invalid_vectors,
                "{}: num_experts {}, hidden_size {}, intermediate_size {}: {:.3g} weights exceed "
                "the limit of 2^36",
                where, shape.num_experts, hidden, intermediate, weights);
  if (slots > kMaxSlots)
    return fail(ErrorCode::invalid_vectors,
                "{}: batch {}, sequence_length {}, top_k {}: {:.3g} slots exceed the limit of 2^24",
                where, shape.batch, shape.sequence_length, shape.top_k, slots);
  if (stage > kMaxElements)
    return fail(ErrorCode::invalid_vectors,
                "{}: hidden_size {}, intermediate_size {}: {:.3g} values of one stage exceed the "
                "limit of 2^36",
                where, hidden, intermediate, stage);
  if (const Status status = check_routing(recipe.routing, shape); !status)
    return fail(ErrorCode::invalid_vectors, "{}: {}", where, status.error().message);
  return {};
}

Result<CaseRecipe> to_recipe(const json& group, const std::string& where) {
  MoeRecipe moe;
  moe.required_class = group.value("class", "");
  moe.biases = group.value("biases", false);
  moe.shape = shape_of(group);
  moe.routing = group["routing"];
  moe.scores = group["scores"];
  ASSAY_TRY(check_name(where + ": routing", moe.routing, routing_names()));
  ASSAY_TRY(check_name(where + ": scores", moe.scores, score_names()));
  ASSAY_TRY(check_shape(moe, where));
  CaseRecipe recipe;
  if (auto profile = find_profile(group["profile"]))
    recipe.profile = *profile;
  else
    return fail(ErrorCode::invalid_vectors, "{}: {}", where, profile.error().message);
  ASSAY_TRY(read_value_recipes(group, moe, where));
  recipe.inputs = moe;
  return recipe;
}

}  // namespace

Result<std::vector<Variant>> expand_moe_group(const json& group, const std::string& where) {
  ASSAY_ASSIGN(const auto all, combinations(group, kAxes, where));
  std::vector<Variant> variants;
  for (const auto& [each, name] : all) {
    ASSAY_ASSIGN(CaseRecipe recipe, to_recipe(each, where));
    variants.push_back({name, std::move(recipe)});
  }
  return variants;
}

}  // namespace assay
