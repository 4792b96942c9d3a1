// SPDX-License-Identifier: Apache-2.0
// The inputs of an MoE layer, in the order of its dataflow: hidden states and their scale, routing,
// weights, biases, and the down activation scale, which may need the mul stage first.
#include "vectors/generate/moe_case.hpp"

#include <algorithm>
#include <cmath>

#include "reference/format/e4m3.hpp"
#include "reference/moe/certificate.hpp"
#include "reference/quantize/static_fp8.hpp"
#include "vectors/generate/activation_scale.hpp"
#include "vectors/generate/routing.hpp"
#include "vectors/generate/values.hpp"
#include "vectors/generate/weights.hpp"
#include "vectors/io/moe_tensors.hpp"

namespace assay {
namespace {

Tensor& add(Tensors& tensors, const std::string& name, Dtype dtype,
            std::vector<std::int64_t> shape) {
  return tensors[name] = Tensor(dtype, std::move(shape));
}

// Codes keep the sign of a NaN, so that both NaN codes occur as input.
void to_codes(std::span<const float> values, float scale, std::span<std::uint8_t> codes) {
  quantize_static_fp8(values, scale, codes);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isnan(values[i]) && std::signbit(values[i])) codes[i] = kE4m3NaN | 0x80;
}

void add_hidden_states(const MoeRecipe& recipe, std::uint64_t seed, Tensors& tensors) {
  const MoeShape& shape = recipe.shape;
  const std::vector extents{shape.batch, shape.sequence_length, shape.hidden_size};
  Tensor values(Dtype::f32, extents);
  const ValueRecipe& hidden = recipe.hidden_states;
  find_distribution(hidden.distribution)
      ->hidden_states({seed, "hidden_states", hidden.scale, shape.hidden_size, values.as<float>()});
  float& scale = add(tensors, "hidden_states_scale", Dtype::f32, {}).as<float>()[0];
  scale = recipe.hidden_states_scale.value;
  if (recipe.hidden_states_scale.from_amax)
    scale = activation_scale_from_amax(finite_amax(values.as<float>()));
  if (recipe.hidden_states_as_codes)
    to_codes(values.as<float>(), scale,
             add(tensors, "hidden_states", Dtype::f8_e4m3, extents).as<std::uint8_t>());
  else
    tensors["hidden_states"] = std::move(values);
}

void add_routing(const MoeRecipe& recipe, std::uint64_t seed, Tensors& tensors) {
  const MoeShape& shape = recipe.shape;
  const std::vector extents{shape.batch, shape.sequence_length, shape.top_k};
  draw_routing(recipe.routing, seed, shape,
               add(tensors, "selected_experts_for_tokens", Dtype::i32, extents).as<std::int32_t>());
  draw_scores(recipe.scores, seed, shape,
              add(tensors, "scores_for_selected_experts", Dtype::f32, extents).as<float>());
}

void add_biases(const MoeRecipe& recipe, std::uint64_t seed, Tensors& tensors) {
  if (!recipe.biases) return;
  const MoeShape& shape = recipe.shape;
  for (const char* name : {"fc_gate_bias", "fc_up_bias", "fc_down_bias"}) {
    const bool is_down = name == std::string_view("fc_down_bias");
    const std::int64_t rows = is_down ? shape.hidden_size : shape.intermediate_size;
    draw_normal(RandomStream(seed, name), 1.0f,
                add(tensors, name, Dtype::f32, {shape.num_experts, rows}).as<float>());
  }
}

// Needs every other input: with "amax" the layer runs once to see its mul stage.
Status add_down_activation_scale(const MoeRecipe& recipe, Accumulation accumulation,
                                 Tensors& tensors) {
  std::vector<std::int64_t> extents;
  if (recipe.per_expert_down_scale) extents.push_back(recipe.shape.num_experts);
  const auto scale = add(tensors, "fc_down_activation_scale", Dtype::f32, extents).as<float>();
  std::fill(scale.begin(), scale.end(), recipe.down_activation_scale.value);
  if (!recipe.down_activation_scale.from_amax) return {};
  ASSAY_ASSIGN(const MoeInputs inputs, bind_moe_inputs(views_of(tensors)));
  return measure_down_activation_scale(inputs, accumulation, scale);
}

Status add_inputs(const CaseRecipe& recipe, const std::filesystem::path& data_dir,
                  Tensors& tensors) {
  const auto& moe = std::get<MoeRecipe>(recipe.inputs);
  add_hidden_states(moe, recipe.seed, tensors);
  add_routing(moe, recipe.seed, tensors);
  ASSAY_TRY(add_weights(moe, recipe.seed, data_dir, tensors));
  add_biases(moe, recipe.seed, tensors);
  return add_down_activation_scale(moe, recipe.profile.accumulation, tensors);
}

Result<std::string> classify(const CaseRecipe& recipe, const Tensors& tensors) {
  ASSAY_ASSIGN(const MoeInputs inputs, bind_moe_inputs(views_of(tensors)));
  const bool is_certified =
      moe_is_certified(inputs, tensors.at("stage.hidden_q").as<std::uint8_t>(),
                       tensors.at("stage.mul_q").as<std::uint8_t>());
  if (!is_certified && std::get<MoeRecipe>(recipe.inputs).required_class == "A")
    return fail(ErrorCode::invalid_vectors,
                "class A is demanded, but a dot's terms exceed 2^24 units (docs/numerics.md, 9)");
  return is_certified ? "A" : "B";
}

}  // namespace

CaseKind moe_case_kind() {
  return {"moe", expand_moe_group, add_inputs, classify};
}

}  // namespace assay
