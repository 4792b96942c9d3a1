// SPDX-License-Identifier: Apache-2.0
// Binding by name. Three tensors give the layer's extents (hidden_states, fc_gate_weights,
// selected_experts_for_tokens); every other shape follows from them and is compared, never guessed.
#include "vectors/io/moe_tensors.hpp"

#include <algorithm>
#include <cmath>

#include "vectors/io/moe_stage_tensors.hpp"
#include "vectors/io/moe_trace.hpp"
#include "vectors/io/operators.hpp"
#include "vectors/io/tensor_rules.hpp"
#include "vectors/io/weakness.hpp"

namespace assay {
namespace {

void add_projection_rules(std::vector<TensorRule>& rules, const std::string& name,
                          std::int64_t experts, std::int64_t rows, std::int64_t columns) {
  const std::string weights = "fc_" + name + "_weights";
  rules.push_back({weights, {Dtype::u8}, {{experts, rows, columns / 2}}});
  rules.push_back({weights + "_scale", {Dtype::f8_e4m3}, {{experts, rows, columns / 16}}});
  rules.push_back({weights + "_dbl_q_scale", {Dtype::f32}, {{experts}}});
  rules.push_back({"fc_" + name + "_bias", {Dtype::f32}, {{experts, rows}}, true});
}

std::vector<TensorRule> rules_for(const MoeShape& shape) {
  const auto& [batch, length, hidden, intermediate, experts, top_k] = shape;
  std::vector<TensorRule> rules{
      {"hidden_states", {Dtype::f32, Dtype::f8_e4m3}, {{batch, length, hidden}}},
      {"hidden_states_scale", {Dtype::f32}, {{}}},
      {"selected_experts_for_tokens", {Dtype::i32}, {{batch, length, top_k}}},
      {"scores_for_selected_experts", {Dtype::f32}, {{batch, length, top_k}}},
      {"fc_down_activation_scale", {Dtype::f32}, {{}, {experts}}},
  };
  add_projection_rules(rules, "gate", experts, intermediate, hidden);
  add_projection_rules(rules, "up", experts, intermediate, hidden);
  add_projection_rules(rules, "down", experts, hidden, intermediate);
  return rules;
}

Result<Shape> defining_shape(const TensorViews& tensors, const char* name, const char* extents) {
  const auto tensor = tensors.find(name);
  if (tensor == tensors.end()) return fail(ErrorCode::invalid_vectors, "{}: missing", name);
  if (tensor->second.shape.size() != 3)
    return fail(ErrorCode::invalid_vectors, "{}: has shape {}, expected {}", name,
                shape_text(tensor->second.shape), extents);
  return tensor->second.shape;
}

Result<MoeShape> derive_shape(const TensorViews& tensors) {
  ASSAY_ASSIGN(const Shape hidden, defining_shape(tensors, "hidden_states", "[B, S, H]"));
  ASSAY_ASSIGN(const Shape ids,
               defining_shape(tensors, "selected_experts_for_tokens", "[B, S, K]"));
  ASSAY_ASSIGN(const Shape gate, defining_shape(tensors, "fc_gate_weights", "[E, I, H/2]"));
  return MoeShape{.batch = hidden[0],
                  .sequence_length = hidden[1],
                  .hidden_size = hidden[2],
                  .intermediate_size = gate[1],
                  .num_experts = gate[0],
                  .top_k = ids[2]};
}

// Where the extents that a wrong shape disagrees with come from.
std::string origin_of(const MoeShape& shape) {
  return fmt::format(
      " (hidden_states [{}, {}, {}], I = {} and E = {} of fc_gate_weights, K = {} of "
      "selected_experts_for_tokens)",
      shape.batch, shape.sequence_length, shape.hidden_size, shape.intermediate_size,
      shape.num_experts, shape.top_k);
}

template <typename T>
std::span<const T> elements(const TensorViews& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  return found == tensors.end() ? std::span<const T>() : found->second.as<T>();
}

MoeProjection bind_projection(const TensorViews& tensors, const std::string& name) {
  const std::string weights = "fc_" + name + "_weights";
  return {.codes = elements<std::uint8_t>(tensors, weights),
          .block_scales = elements<std::uint8_t>(tensors, weights + "_scale"),
          .dbl_q_scale = elements<float>(tensors, weights + "_dbl_q_scale"),
          .bias = elements<float>(tensors, "fc_" + name + "_bias")};
}

MoeInputs bind(const TensorViews& tensors, const MoeShape& shape) {
  MoeInputs inputs;
  inputs.shape = shape;
  if (tensors.at("hidden_states").dtype == Dtype::f32)
    inputs.hidden_states = elements<float>(tensors, "hidden_states");
  else
    inputs.hidden_states_codes = elements<std::uint8_t>(tensors, "hidden_states");
  inputs.hidden_states_scale = elements<float>(tensors, "hidden_states_scale")[0];
  inputs.selected_experts_for_tokens =
      elements<std::int32_t>(tensors, "selected_experts_for_tokens");
  inputs.scores_for_selected_experts = elements<float>(tensors, "scores_for_selected_experts");
  inputs.gate = bind_projection(tensors, "gate");
  inputs.up = bind_projection(tensors, "up");
  inputs.down = bind_projection(tensors, "down");
  inputs.down_activation_scale = elements<float>(tensors, "fc_down_activation_scale");
  return inputs;
}

std::vector<TensorRule> result_rules(const MoeShape& shape) {
  std::vector<TensorRule> rules;
  for (const MoeStageInfo& stage : kMoeStages)
    rules.push_back({stage_tensor_name(stage),
                     {stage_dtype(stage)},
                     {stage_shape(stage, shape)},
                     stage.stage != MoeStage::output});
  return rules;
}

std::vector<std::string> result_names() {
  std::vector<std::string> names;
  for (const MoeStageInfo& stage : kMoeStages)
    names.push_back(stage_tensor_name(stage));
  return names;
}

Status check(const CaseDescription&, const TensorViews& tensors) {
  ASSAY_ASSIGN(const MoeInputs inputs, bind_moe_inputs(tensors));
  return check_tensors(expected_of(tensors), result_rules(inputs.shape), "stage");
}

Result<Tensors> run(const CaseDescription& description, const TensorViews& tensors,
                    bool with_stages) {
  ASSAY_ASSIGN(const MoeInputs inputs, bind_moe_inputs(tensors));
  return run_moe_tensors(inputs, description.profile.accumulation, with_stages);
}

std::string weakness(const CaseDescription&, const TensorViews& expected) {
  const auto is_zero_or_nan = [](float value) { return value == 0 || std::isnan(value); };
  const auto is_zero_or_saturated = [](std::uint8_t code) {
    return (code & 0x7F) == 0 || (code & 0x7F) == 0x7E;
  };
  const std::string reason = mostly<float>(expected, kOutputTensor, "zero or NaN", is_zero_or_nan);
  if (!reason.empty()) return reason;
  return mostly<std::uint8_t>(expected, "stage.mul_q", "zero or saturated", is_zero_or_saturated);
}

}  // namespace

Operator moe_operator() {
  return {"moe", true, result_names, check, run, weakness};
}

Result<MoeInputs> bind_moe_inputs(const TensorViews& tensors) {
  const TensorViews inputs = inputs_of(tensors);
  ASSAY_ASSIGN(const MoeShape shape, derive_shape(inputs));
  ASSAY_TRY(validate(shape));
  ASSAY_TRY(check_tensors(inputs, rules_for(shape), "tensor", origin_of(shape)));
  const MoeInputs bound = bind(inputs, shape);
  ASSAY_TRY(validate(bound));
  return bound;
}

}  // namespace assay
