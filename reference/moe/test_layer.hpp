// SPDX-License-Identifier: Apache-2.0
// For tests: a small MoE layer that owns its tensors, drawn at random and valid unless a test
// breaks it.
#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "reference/moe/layer.hpp"

namespace assay {

struct OwnedProjection {
  std::vector<std::uint8_t> codes, block_scales;
  std::vector<float> dbl_q_scale, bias;

  OwnedProjection(std::mt19937& random, std::int64_t experts, std::int64_t rows,
                  std::int64_t columns, bool with_bias)
      : codes(experts * rows * columns / 2), block_scales(experts * rows * columns / 16) {
    for (auto& byte : codes)
      byte = static_cast<std::uint8_t>(random());
    for (auto& code : block_scales)
      code = static_cast<std::uint8_t>(random() % 0x60);
    std::uniform_real_distribution<float> scale(0.001f, 0.01f), offset(-1.0f, 1.0f);
    for (std::int64_t e = 0; e < experts; ++e)
      dbl_q_scale.push_back(scale(random));
    for (std::int64_t i = 0; with_bias && i < experts * rows; ++i)
      bias.push_back(offset(random));
  }
  MoeProjection view() const { return {codes, block_scales, dbl_q_scale, bias}; }
};

struct OwnedLayer {
  MoeShape shape;
  std::vector<float> hidden_states, scores, down_activation_scale;
  std::vector<std::uint8_t> hidden_states_codes;
  float hidden_states_scale = 0.01f;
  std::vector<std::int32_t> expert_ids;
  OwnedProjection gate, up, down;

  OwnedLayer(const MoeShape& layer_shape, unsigned seed, bool with_bias = false,
             bool per_expert_scale = false)
      : OwnedLayer(layer_shape, std::mt19937(seed), with_bias, per_expert_scale) {}

  MoeInputs view() const {
    return {shape,  hidden_states, hidden_states_codes, hidden_states_scale, expert_ids,
            scores, gate.view(),   up.view(),           down.view(),         down_activation_scale};
  }

 private:
  OwnedLayer(const MoeShape& s, std::mt19937 random, bool with_bias, bool per_expert_scale)
      : shape(s),
        gate(random, s.num_experts, s.intermediate_size, s.hidden_size, with_bias),
        up(random, s.num_experts, s.intermediate_size, s.hidden_size, with_bias),
        down(random, s.num_experts, s.hidden_size, s.intermediate_size, with_bias) {
    std::normal_distribution<float> normal;
    for (std::int64_t i = 0; i < s.tokens() * s.hidden_size; ++i)
      hidden_states.push_back(normal(random));
    for (std::int64_t i = 0; i < s.slots(); ++i) {
      expert_ids.push_back(static_cast<std::int32_t>(random() % s.num_experts));
      scores.push_back(normal(random));
    }
    for (std::int64_t e = 0; e < (per_expert_scale ? s.num_experts : 1); ++e)
      down_activation_scale.push_back(0.02f + 0.001f * static_cast<float>(e));
  }
};

// Every value, block scale and scale is 1, so a dot is its length.
inline OwnedLayer all_ones(const MoeShape& shape) {
  OwnedLayer layer(shape, 1);
  std::ranges::fill(layer.hidden_states, 1.0f);
  layer.hidden_states_scale = 1.0f;
  std::ranges::fill(layer.scores, 1.0f);
  layer.down_activation_scale = {1.0f};
  for (OwnedProjection* projection : {&layer.gate, &layer.up, &layer.down}) {
    std::ranges::fill(projection->codes, std::uint8_t{0x22});
    std::ranges::fill(projection->block_scales, std::uint8_t{0x38});
    std::ranges::fill(projection->dbl_q_scale, 1.0f);
  }
  return layer;
}

}  // namespace assay
