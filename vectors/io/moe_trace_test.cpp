// SPDX-License-Identifier: Apache-2.0
// Oracle: the stage shapes of docs/vectors.md.
#include <map>

#include <gtest/gtest.h>

#include "vectors/io/moe_tensors.hpp"

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

}  // namespace
}  // namespace assay
