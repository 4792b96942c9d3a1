// SPDX-License-Identifier: Apache-2.0
// Oracle: the table of tensors in docs/vectors.md, with extents that all differ.
#include "vectors/io/moe_tensors.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "vectors/io/moe_stage_tensors.hpp"
#include "vectors/io/operators.hpp"
#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

constexpr std::int64_t B = 2, S = 3, H = 64, I = 32, E = 5, K = 4;

const char* const kShapes =
    " (hidden_states [2, 3, 64], I = 32 and E = 5 of fc_gate_weights, K = 4 of "
    "selected_experts_for_tokens)";

void add_ones(Tensors& tensors, const std::string& name, std::vector<std::int64_t> shape) {
  tensors[name] = Tensor(Dtype::f32, std::move(shape));
  std::ranges::fill(tensors[name].as<float>(), 1.0f);
}

void add_projection(Tensors& tensors, const std::string& name, std::int64_t rows,
                    std::int64_t columns) {
  const std::string weights = "fc_" + name + "_weights";
  tensors[weights] = Tensor(Dtype::u8, {E, rows, columns / 2});
  tensors[weights + "_scale"] = Tensor(Dtype::f8_e4m3, {E, rows, columns / 16});
  add_ones(tensors, weights + "_dbl_q_scale", {E});
  add_ones(tensors, "fc_" + name + "_bias", {E, rows});
}

Tensors all_tensors() {
  Tensors tensors;
  add_ones(tensors, "hidden_states", {B, S, H});
  add_ones(tensors, "hidden_states_scale", {});
  tensors["selected_experts_for_tokens"] = Tensor(Dtype::i32, {B, S, K});
  add_ones(tensors, "scores_for_selected_experts", {B, S, K});
  add_ones(tensors, "fc_down_activation_scale", {E});
  add_projection(tensors, "gate", I, H);
  add_projection(tensors, "up", I, H);
  add_projection(tensors, "down", H, I);
  return tensors;
}

std::string bind_error(const Tensors& tensors) {
  return error_of(bind_moe_inputs(views_of(tensors)));
}

TEST(MoeTensors, BindEveryTensorToItsPlace) {
  const Tensors tensors = all_tensors();
  const MoeInputs inputs = bind_moe_inputs(views_of(tensors)).value();
  const auto at = [&](const char* name) {
    return static_cast<const void*>(tensors.at(name).view().bytes.data());
  };
  EXPECT_EQ(inputs.shape.batch, B);
  EXPECT_EQ(inputs.shape.sequence_length, S);
  EXPECT_EQ(inputs.shape.hidden_size, H);
  EXPECT_EQ(inputs.shape.intermediate_size, I);
  EXPECT_EQ(inputs.shape.num_experts, E);
  EXPECT_EQ(inputs.shape.top_k, K);
  EXPECT_EQ(inputs.hidden_states.data(), at("hidden_states"));
  EXPECT_TRUE(inputs.hidden_states_codes.empty());
  EXPECT_EQ(inputs.hidden_states_scale, 1.0f);
  EXPECT_EQ(inputs.selected_experts_for_tokens.data(), at("selected_experts_for_tokens"));
  EXPECT_EQ(inputs.scores_for_selected_experts.data(), at("scores_for_selected_experts"));
  EXPECT_EQ(inputs.gate.codes.data(), at("fc_gate_weights"));
  EXPECT_EQ(inputs.gate.block_scales.data(), at("fc_gate_weights_scale"));
  EXPECT_EQ(inputs.up.dbl_q_scale.data(), at("fc_up_weights_dbl_q_scale"));
  EXPECT_EQ(inputs.up.bias.data(), at("fc_up_bias"));
  EXPECT_EQ(inputs.down.codes.data(), at("fc_down_weights"));
  EXPECT_EQ(inputs.down.bias.data(), at("fc_down_bias"));
  EXPECT_EQ(inputs.down_activation_scale.size(), static_cast<std::size_t>(E));
}

TEST(MoeTensors, HiddenStatesMayBeCodes) {
  Tensors tensors = all_tensors();
  tensors["hidden_states"] = Tensor(Dtype::f8_e4m3, {B, S, H});
  const MoeInputs inputs = bind_moe_inputs(views_of(tensors)).value();
  EXPECT_TRUE(inputs.hidden_states.empty());
  EXPECT_EQ(inputs.hidden_states_codes.size(), static_cast<std::size_t>(B * S * H));
}

TEST(MoeTensors, DownActivationScaleMayBeOneForAll) {
  Tensors tensors = all_tensors();
  add_ones(tensors, "fc_down_activation_scale", {});
  EXPECT_EQ(bind_moe_inputs(views_of(tensors)).value().down_activation_scale.size(), 1u);
}

TEST(MoeTensors, BiasesMayBeAbsent) {
  Tensors tensors = all_tensors();
  for (const char* name : {"fc_gate_bias", "fc_up_bias", "fc_down_bias"})
    tensors.erase(name);
  EXPECT_TRUE(bind_moe_inputs(views_of(tensors)).value().gate.bias.empty());
}

TEST(MoeTensors, OutputAndStagesAreIgnored) {
  Tensors tensors = all_tensors();
  tensors["output"] = tensors["stage.anything"] = Tensor(Dtype::u8, {1});
  EXPECT_EQ(bind_error(tensors), "no error");
}

TEST(MoeTensors, EachMissingTensorIsNamed) {
  for (const auto& [name, tensor] : all_tensors()) {
    SCOPED_TRACE(name);
    Tensors tensors = all_tensors();
    tensors.erase(name);
    EXPECT_TRUE(bind_error(tensors).starts_with("invalid: " + name + ": missing"));
  }
}

TEST(MoeTensors, EachWrongDtypeIsNamed) {
  for (const auto& [name, tensor] : all_tensors()) {
    SCOPED_TRACE(name);
    Tensors tensors = all_tensors();
    tensors[name] = Tensor(Dtype::i64, tensor.shape());
    EXPECT_TRUE(bind_error(tensors).starts_with("invalid: " + name + ": has dtype I64, expected "))
        << bind_error(tensors);
  }
}

TEST(MoeTensors, EachWrongRankIsNamed) {
  for (const auto& [name, tensor] : all_tensors()) {
    SCOPED_TRACE(name);
    Tensors tensors = all_tensors();
    std::vector<std::int64_t> shape = tensor.shape();
    shape.insert(shape.end(), {1, 1});
    tensors[name] = Tensor(tensor.dtype(), shape);
    EXPECT_TRUE(bind_error(tensors).starts_with("invalid: " + name + ": has shape "))
        << bind_error(tensors);
  }
}

TEST(MoeTensors, DtypeErrorListsAllThatAreAllowed) {
  Tensors tensors = all_tensors();
  tensors["hidden_states"] = Tensor(Dtype::u8, {B, S, H});
  EXPECT_EQ(bind_error(tensors), "invalid: hidden_states: has dtype U8, expected F32 or F8_E4M3");
}

TEST(MoeTensors, TransposedWeightsAreNamedWithBothShapes) {
  Tensors tensors = all_tensors();
  tensors["fc_down_weights"] = Tensor(Dtype::u8, {E, I, H / 2});
  EXPECT_EQ(bind_error(tensors),
            std::string("invalid: fc_down_weights: has shape [5, 32, 32], expected [5, 64, 16]") +
                kShapes);
}

TEST(MoeTensors, ScaleShapeErrorListsBothThatAreAllowed) {
  Tensors tensors = all_tensors();
  add_ones(tensors, "fc_down_activation_scale", {1});
  EXPECT_EQ(bind_error(tensors),
            std::string("invalid: fc_down_activation_scale: has shape [1], expected [] or [5]") +
                kShapes);
}

TEST(MoeTensors, UnknownTensorIsNamedWithTheNearestKnownOne) {
  Tensors tensors = all_tensors();
  tensors["fc_gate_weight"] = Tensor(Dtype::u8, {1});
  EXPECT_EQ(bind_error(tensors),
            "invalid: \"fc_gate_weight\": unknown tensor (did you mean \"fc_gate_weights\"?)");
}

TEST(MoeTensors, PreconditionsOfTheLayerAreChecked) {
  Tensors tensors = all_tensors();
  tensors["selected_experts_for_tokens"].as<std::int32_t>()[7] = E;
  EXPECT_TRUE(bind_error(tensors).starts_with("invalid: selected_experts_for_tokens"))
      << bind_error(tensors);
}

TEST(MoeTensors, EmptyLayerIsRefused) {
  Tensors tensors = all_tensors();
  add_ones(tensors, "hidden_states", {0, S, H});
  tensors["selected_experts_for_tokens"] = Tensor(Dtype::i32, {0, S, K});
  add_ones(tensors, "scores_for_selected_experts", {0, S, K});
  EXPECT_NE(bind_error(tensors), "no error");
}

// The layer's tensors with every expected one.
Tensors complete_case() {
  Tensors tensors = all_tensors();
  const MoeShape shape = bind_moe_inputs(views_of(tensors)).value().shape;
  for (const MoeStageInfo& stage : kMoeStages)
    tensors[stage_tensor_name(stage)] = Tensor(stage_dtype(stage), stage_shape(stage, shape));
  return tensors;
}

// What check_case_tensors says of a case file named "c" with these tensors.
std::string case_error(const Tensors& tensors) {
  const TemporaryFolder folder = test_folder();
  EXPECT_TRUE(write_safetensors(folder / "c", views_of(tensors), {}));
  CaseFile test_case;
  test_case.path = "c";
  test_case.file = Safetensors::open(folder / "c").value();
  return error_of(check_case_tensors(test_case));
}

TEST(CaseTensors, CompleteCaseIsValid) {
  EXPECT_EQ(case_error(complete_case()), "no error");
}

TEST(CaseTensors, StagesMayBeAbsentButNotTheOutput) {
  Tensors tensors = complete_case();
  tensors.erase("stage.gate");
  EXPECT_EQ(case_error(tensors), "no error");
  tensors.erase("output");
  EXPECT_EQ(case_error(tensors), "invalid: c: output: missing");
}

TEST(CaseTensors, InputThatDoesNotBindIsNamed) {
  Tensors tensors = complete_case();
  tensors.erase("fc_up_weights");
  EXPECT_EQ(case_error(tensors), "invalid: c: fc_up_weights: missing");
}

TEST(CaseTensors, UnknownStageIsNamed) {
  Tensors tensors = complete_case();
  tensors["stage.mul_d"] = Tensor(Dtype::f32, {1});
  EXPECT_EQ(case_error(tensors),
            "invalid: c: \"stage.mul_d\": unknown stage (did you mean \"stage.mul_q\"?)");
}

TEST(CaseTensors, EachWrongStageIsNamed) {
  for (const MoeStageInfo& stage : kMoeStages) {
    const std::string name = stage_tensor_name(stage);
    SCOPED_TRACE(name);
    Tensors tensors = complete_case();
    std::vector<std::int64_t> shape = tensors[name].shape();
    tensors[name] = Tensor(Dtype::i32, shape);
    EXPECT_TRUE(case_error(tensors).starts_with("invalid: c: " + name + ": has dtype I32"));
    std::swap(shape[0], shape[1]);
    tensors[name] = Tensor(stage_dtype(stage), shape);
    EXPECT_TRUE(case_error(tensors).starts_with("invalid: c: " + name + ": has shape [3, 2, "));
  }
}

}  // namespace
}  // namespace assay
