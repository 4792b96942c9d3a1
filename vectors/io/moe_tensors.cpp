// SPDX-License-Identifier: Apache-2.0
// Binding by name. Three tensors give the layer's extents (hidden_states, fc_gate_weights,
// selected_experts_for_tokens); every other shape follows from them and is compared, never guessed.
#include "vectors/io/moe_tensors.hpp"

#include <algorithm>

#include "vectors/io/json_file.hpp"
#include "vectors/io/moe_stage_tensors.hpp"
#include "reference/suggest.hpp"

namespace assay {
namespace {

using Shape = std::vector<std::int64_t>;

struct Rule {
  std::string name;
  std::vector<Dtype> dtypes;  // any of them
  std::vector<Shape> shapes;  // any of them
  bool is_optional = false;
};

template <typename T, typename Text>
std::string alternatives(const std::vector<T>& choices, Text text) {
  std::string joined;
  for (const T& choice : choices)
    joined += (joined.empty() ? "" : " or ") + std::string(text(choice));
  return joined;
}

void add_projection_rules(std::vector<Rule>& rules, const std::string& name, std::int64_t experts,
                          std::int64_t rows, std::int64_t columns) {
  const std::string weights = "fc_" + name + "_weights";
  rules.push_back({weights, {Dtype::u8}, {{experts, rows, columns / 2}}});
  rules.push_back({weights + "_scale", {Dtype::f8_e4m3}, {{experts, rows, columns / 16}}});
  rules.push_back({weights + "_dbl_q_scale", {Dtype::f32}, {{experts}}});
  rules.push_back({"fc_" + name + "_bias", {Dtype::f32}, {{experts, rows}}, true});
}

std::vector<Rule> rules_for(const MoeShape& shape) {
  const auto& [batch, length, hidden, intermediate, experts, top_k] = shape;
  std::vector<Rule> rules{
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

Status check_known(const TensorViews& tensors, const std::vector<Rule>& rules) {
  std::vector<std::string> known;
  for (const Rule& rule : rules)
    known.push_back(rule.name);
  for (const auto& [name, tensor] : tensors)
    if (!is_expected_tensor(name) && std::ranges::find(known, name) == known.end())
      return fail(ErrorCode::invalid_vectors, "{}: unknown tensor{}", quoted(name),
                  did_you_mean(name, known));
  return {};
}

Status check_tensor(const TensorViews& tensors, const Rule& rule, const MoeShape& shape) {
  const auto found = tensors.find(rule.name);
  if (found == tensors.end())
    return rule.is_optional ? Status() : fail(ErrorCode::invalid_vectors, "{}: missing", rule.name);
  const TensorView& tensor = found->second;
  if (std::ranges::find(rule.dtypes, tensor.dtype) == rule.dtypes.end())
    return fail(ErrorCode::invalid_vectors, "{}: has dtype {}, expected {}", rule.name,
                dtype_name(tensor.dtype), alternatives(rule.dtypes, dtype_name));
  if (std::ranges::find(rule.shapes, tensor.shape) == rule.shapes.end())
    return fail(ErrorCode::invalid_vectors,
                "{}: has shape {}, expected {} (hidden_states [{}, {}, {}], I = {} and E = {} "
                "of fc_gate_weights, K = {} of selected_experts_for_tokens)",
                rule.name, shape_text(tensor.shape), alternatives(rule.shapes, shape_text),
                shape.batch, shape.sequence_length, shape.hidden_size, shape.intermediate_size,
                shape.num_experts, shape.top_k);
  return {};
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

Status check_stage(const std::string& name, const TensorView& tensor, const MoeShape& shape) {
  std::vector<std::string> known;
  for (const MoeStageInfo& stage : kMoeStages) {
    known.push_back(stage_tensor_name(stage));
    if (known.back() != name) continue;
    if (tensor.dtype != stage_dtype(stage))
      return fail(ErrorCode::invalid_vectors, "{}: has dtype {}, expected {}", name,
                  dtype_name(tensor.dtype), dtype_name(stage_dtype(stage)));
    if (tensor.shape != stage_shape(stage, shape))
      return fail(ErrorCode::invalid_vectors, "{}: has shape {}, expected {}", name,
                  shape_text(tensor.shape), shape_text(stage_shape(stage, shape)));
    return {};
  }
  return fail(ErrorCode::invalid_vectors, "{}: unknown stage{}", quoted(name),
              did_you_mean(name, known));
}

Status check_tensors(const CaseFile& test_case) {
  ASSAY_ASSIGN(const MoeInputs inputs, bind_moe_inputs(test_case.inputs()));
  const TensorViews expected = test_case.expected();
  if (!expected.contains("output")) return fail(ErrorCode::invalid_vectors, "output: missing");
  for (const auto& [name, tensor] : expected)
    ASSAY_TRY(check_stage(name, tensor, inputs.shape));
  return {};
}

}  // namespace

Result<MoeInputs> bind_moe_inputs(const TensorViews& tensors) {
  ASSAY_ASSIGN(const MoeShape shape, derive_shape(tensors));
  ASSAY_TRY(validate(shape));
  const std::vector<Rule> rules = rules_for(shape);
  ASSAY_TRY(check_known(tensors, rules));
  for (const Rule& rule : rules)
    ASSAY_TRY(check_tensor(tensors, rule, shape));
  const MoeInputs inputs = bind(tensors, shape);
  ASSAY_TRY(validate(inputs));
  return inputs;
}

Status check_case_tensors(const CaseFile& test_case) {
  if (const Status status = check_tensors(test_case); !status)
    return fail(status.error().code, "{}: {}", test_case.path.string(), status.error().message);
  return {};
}

}  // namespace assay
