// SPDX-License-Identifier: Apache-2.0
// For tests: a layer with room for its own weights, which keep every rule until a test breaks one.
#pragma once

#include <cstdint>
#include <vector>

#include "cuda/backend/moe_layer.hpp"

namespace assay::cuda {

struct TestProjection {
  std::vector<std::uint8_t> codes, block_scales;
  std::vector<float> dbl_q_scale, bias;

  TestProjection(std::size_t experts, std::size_t rows, std::size_t columns)
      : codes(experts * rows * columns / 2, 0x22),          // 1.0, 1.0
        block_scales(experts * rows * columns / 16, 0x38),  // 1.0
        dbl_q_scale(experts, 1.0f),
        bias(experts * rows, 0.5f) {}

  MoeProjectionWeights view() const { return {codes, block_scales, dbl_q_scale, bias}; }
};

struct TestLayer {
  MoeExtents extents{.hidden_size = 32, .intermediate_size = 48, .num_experts = 3, .top_k = 2};
  TestProjection gate{3, 48, 32}, up{3, 48, 32}, down{3, 32, 48};
  float hidden_states_scale = 1.0f;
  std::vector<float> down_activation_scale = std::vector<float>(3, 1.0f);

  MoeWeights weights() const {
    return {gate.view(), up.view(), down.view(), hidden_states_scale, down_activation_scale};
  }
};

}  // namespace assay::cuda
