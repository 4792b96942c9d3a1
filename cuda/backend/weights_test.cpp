// SPDX-License-Identifier: Apache-2.0
// Every rule of docs/numerics.md, section 8, broken once for each tensor: the error names tensor,
// index and rule, and the driver is not asked for anything.
#include <algorithm>
#include <functional>
#include <limits>

#include <gtest/gtest.h>

#include "cuda/backend/test_fake_driver.hpp"

namespace assay::cuda {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class Weights : public OnFakeDriver {
 protected:
  Weights() { EXPECT_EQ(open(), "success"); }

  void expect(const std::function<void(TestLayer&)>& damage, const std::string& message) {
    TestLayer damaged;
    damage(damaged);
    expect(front->create(damaged), message);
  }

  void expect(const Outcome& outcome, const std::string& message) {
    EXPECT_EQ(outcome, "invalid_argument");
    EXPECT_EQ(outcome.message, message);
  }

  void TearDown() override {
    EXPECT_EQ(std::ranges::count(driver.calls, "cuMemAlloc"), 0);
    EXPECT_EQ(front->create(layer), "success");
    OnFakeDriver::TearDown();
  }
};
ASSAY_BOTH_INTERFACES(Weights);

struct NamedProjection {
  const char* name;
  TestProjection TestLayer::*member;
};
constexpr NamedProjection kProjections[] = {
    {"gate", &TestLayer::gate}, {"up", &TestLayer::up}, {"down", &TestLayer::down}};

TEST_P(Weights, SizesOfEachTensor) {
  for (const auto& [name, member] : kProjections) {
    const std::string tensor = fmt::format("fc_{}", name);
    const auto projection = member;
    expect([&](TestLayer& bad) { (bad.*projection).codes.pop_back(); },
           tensor + "_weights: has 2303 elements, the layer needs 2304");
    expect([&](TestLayer& bad) { (bad.*projection).block_scales.push_back(0); },
           tensor + "_weights_scale: has 289 elements, the layer needs 288");
    expect([&](TestLayer& bad) { (bad.*projection).dbl_q_scale.clear(); },
           tensor + "_weights_dbl_q_scale: has 0 elements, the layer needs 3");
    const std::size_t rows = layer.extents.num_experts * (name == std::string("down") ? 32 : 48);
    expect([&](TestLayer& bad) { (bad.*projection).bias.pop_back(); },
           fmt::format("{}_bias: has {} elements, the layer needs {}", tensor, rows - 1, rows));
  }
  expect([](TestLayer& bad) { bad.down_activation_scale.pop_back(); },
         "fc_down_activation_scale: has 2 elements, the layer needs 3");
  expect([](TestLayer& bad) { bad.down_activation_scale.clear(); },
         "fc_down_activation_scale: has 0 elements, the layer needs 3");
}

TEST_P(Weights, NullOfEachTensor) {
  const auto null = [](auto span) {
    return decltype(span)(static_cast<typename decltype(span)::pointer>(nullptr), span.size());
  };
  for (const char* name : {"gate", "up", "down"}) {
    const auto of = [&](MoeWeights& weights) -> MoeProjectionWeights& {
      return *name == 'g' ? weights.gate : *name == 'u' ? weights.up : weights.down;
    };
    MoeWeights bad = layer.weights();
    of(bad).codes = null(of(bad).codes);
    expect(front->create(layer.extents, bad), fmt::format("fc_{}_weights: is null", name));
    bad = layer.weights();
    of(bad).block_scales = null(of(bad).block_scales);
    expect(front->create(layer.extents, bad), fmt::format("fc_{}_weights_scale: is null", name));
    bad = layer.weights();
    of(bad).dbl_q_scale = null(of(bad).dbl_q_scale);
    expect(front->create(layer.extents, bad),
           fmt::format("fc_{}_weights_dbl_q_scale: is null", name));
    bad = layer.weights();
    of(bad).bias = null(of(bad).bias);
    expect(front->create(layer.extents, bad), fmt::format("fc_{}_bias: is null", name));
  }
  MoeWeights bad = layer.weights();
  bad.down_activation_scale = null(bad.down_activation_scale);
  expect(front->create(layer.extents, bad), "fc_down_activation_scale: is null");
}

TEST_P(Weights, BlockScalesAreNeitherNanNorNegative) {
  for (const auto& [name, member] : kProjections) {
    const auto projection = member;
    for (const int code : {0x7F, 0x80, 0xFF})
      expect(
          [&](TestLayer& bad) {
            (bad.*projection).block_scales[287] = static_cast<std::uint8_t>(code);
          },
          fmt::format("fc_{}_weights_scale[287]: code 0x{:02X} is NaN or negative", name, code));
  }
  TestLayer edge;
  edge.gate.block_scales[0] = 0x7E;
  edge.gate.block_scales[1] = 0x00;
  EXPECT_EQ(front->create(edge), "success");
  driver.calls.clear();
}

TEST_P(Weights, ScalesArePositiveAndFinite) {
  for (const float value : {0.0f, -0.0f, -1.0f, kInfinity, kNan}) {
    for (const auto& [name, member] : kProjections) {
      const auto projection = member;
      expect(
          [&](TestLayer& bad) { (bad.*projection).dbl_q_scale[2] = value; },
          fmt::format("fc_{}_weights_dbl_q_scale[2]: {} is not positive and finite", name, value));
    }
    expect([&](TestLayer& bad) { bad.hidden_states_scale = value; },
           fmt::format("hidden_states_scale[0]: {} is not positive and finite", value));
    expect([&](TestLayer& bad) { bad.down_activation_scale[1] = value; },
           fmt::format("fc_down_activation_scale[1]: {} is not positive and finite", value));
  }
  TestLayer edge;
  edge.gate.dbl_q_scale[0] = std::numeric_limits<float>::denorm_min();
  edge.up.dbl_q_scale[0] = std::numeric_limits<float>::max();
  EXPECT_EQ(front->create(edge), "success");
  driver.calls.clear();
}

TEST_P(Weights, AllThreeBiasesOrNone) {
  for (int mask = 0; mask < 8; ++mask) {
    TestLayer some;
    for (int i = 0; i < 3; ++i)
      if (mask >> i & 1) (some.*kProjections[i].member).bias.clear();
    if (mask == 0 || mask == 7) {
      EXPECT_EQ(front->create(some), "success");
      driver.calls.clear();
    } else {
      expect(front->create(some), "fc_gate_bias, fc_up_bias, fc_down_bias: all three or none");
    }
  }
}

TEST_P(Weights, ExtentsComeFirst) {
  MoeExtents extents = layer.extents;
  extents.hidden_size = 40;
  expect(front->create(extents, layer.weights()),
         "hidden_size: 40 is not a multiple of 16 from 1 to 1048576");
}

TEST_P(Weights, OneScaleOfTheActivationServesAllExperts) {
  TestLayer scalar;
  scalar.down_activation_scale = {2.0f};
  EXPECT_EQ(front->create(scalar), "success");
  driver.calls.clear();
}

}  // namespace
}  // namespace assay::cuda
