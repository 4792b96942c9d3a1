// SPDX-License-Identifier: Apache-2.0
// Oracle: the stage shapes of docs/vectors.md.
#include "vectors/io/moe_trace.hpp"

#include <map>

#include <gtest/gtest.h>

#include "vectors/io/moe_stage_tensors.hpp"

namespace assay {
namespace {

constexpr MoeShape kShape{.batch = 2,
                          .sequence_length = 3,
                          .hidden_size = 64,
                          .intermediate_size = 32,
                          .num_experts = 5,
                          .top_k = 4};

TEST(MoeTrace, HasEveryStageWithItsShapeAndDtype) {
  const std::vector<std::int64_t> token{2, 3, 64}, inner{2, 3, 4, 32}, slot{2, 3, 4, 64};
  const std::map<std::string, std::pair<Dtype, std::vector<std::int64_t>>> expected{
      {"stage.hidden_q", {Dtype::f8_e4m3, token}}, {"stage.gate_dot", {Dtype::f32, inner}},
      {"stage.up_dot", {Dtype::f32, inner}},       {"stage.gate", {Dtype::f32, inner}},
      {"stage.up", {Dtype::f32, inner}},           {"stage.act", {Dtype::f32, inner}},
      {"stage.mul", {Dtype::f32, inner}},          {"stage.mul_q", {Dtype::f8_e4m3, inner}},
      {"stage.down_dot", {Dtype::f32, slot}},      {"stage.down", {Dtype::f32, slot}}};
  MoeTrace trace(kShape);
  std::map<std::string, std::pair<Dtype, std::vector<std::int64_t>>> actual;
  for (const auto& [name, tensor] : trace.tensors())
    actual[name] = {tensor.dtype(), tensor.shape()};
  EXPECT_EQ(actual, expected);
}

TEST(MoeTrace, OutputIsNamedWithoutPrefix) {
  EXPECT_EQ(stage_tensor_name(kMoeStages.back()), "output");
  EXPECT_EQ(stage_shape(kMoeStages.back(), kShape), (std::vector<std::int64_t>{2, 3, 64}));
}

TEST(MoeTrace, StoresARowAtItsPlace) {
  MoeTrace trace(kShape);
  trace.values(MoeStage::down, 23, std::vector<float>(64, 2.0f));
  trace.codes(MoeStage::mul_q, 1, std::vector<std::uint8_t>(32, 0x7E));
  const auto down = trace.tensors().at("stage.down").as<float>();
  EXPECT_EQ(down[23 * 64 - 1], 0.0f);
  EXPECT_EQ(down[23 * 64], 2.0f);
  EXPECT_EQ(down[24 * 64 - 1], 2.0f);
  const auto mul_q = trace.tensors().at("stage.mul_q").as<std::uint8_t>();
  EXPECT_EQ(mul_q[31], 0);
  EXPECT_EQ(mul_q[32], 0x7E);
  EXPECT_EQ(mul_q[63], 0x7E);
  EXPECT_EQ(mul_q[64], 0);
}

// A layer whose every weight is zero.
struct ZeroLayer {
  std::vector<float> hidden = std::vector<float>(6 * 64), ones = std::vector<float>(24, 1.0f);
  std::vector<std::int32_t> experts = std::vector<std::int32_t>(24);
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(5 * 64 * 32 / 2);
  MoeProjection projection{.codes = bytes,
                           .block_scales = std::span(bytes).first(5 * 64 * 32 / 16),
                           .dbl_q_scale = std::span(ones).first(5),
                           .bias = {}};
  MoeInputs inputs{.shape = kShape,
                   .hidden_states = hidden,
                   .hidden_states_codes = {},
                   .hidden_states_scale = 1.0f,
                   .selected_experts_for_tokens = experts,
                   .scores_for_selected_experts = ones,
                   .gate = projection,
                   .up = projection,
                   .down = projection,
                   .down_activation_scale = std::span(ones).first(1)};
};

TEST(RunMoeTensors, GivesTheOutputAndStagesOnDemand) {
  const ZeroLayer layer;
  const auto output = run_moe_tensors(layer.inputs, Accumulation::exact, false);
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ(output->size(), 1u);
  EXPECT_EQ(output->at("output").shape(), (std::vector<std::int64_t>{2, 3, 64}));
  const auto all = run_moe_tensors(layer.inputs, Accumulation::exact, true);
  EXPECT_EQ(all->size(), kMoeStages.size());
  EXPECT_TRUE(all->contains("stage.mul_q"));
}

TEST(RunMoeTensors, RefusesWhatTheLayerRefuses) {
  ZeroLayer layer;
  layer.inputs.shape.hidden_size = std::int64_t{1} << 40;
  EXPECT_EQ(run_moe_tensors(layer.inputs, Accumulation::exact, true).error().code,
            ErrorCode::invalid_vectors);
}

}  // namespace
}  // namespace assay
