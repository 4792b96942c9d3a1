// SPDX-License-Identifier: Apache-2.0
// Quantizes the weights of NVIDIA's sample for IMoELayer (all ones, hidden and intermediate size
// 32, 4 experts per token), runs the layer, and checks the sample's answer: the gate's silu(32) *
// 32 saturates to 448 in FP8, so every output is 448 * 32 * 4 = 57344.
#include <cstdio>
#include <vector>

#include "reference/moe/run.hpp"
#include "reference/quantize/nvfp4.hpp"
#include "vectors/io/profile.hpp"

namespace {

constexpr std::int64_t kSize = 32, kExperts = 4, kTopK = 4;

struct Weights {
  std::vector<std::uint8_t> codes = std::vector<std::uint8_t>(kExperts * kSize * kSize / 2);
  std::vector<std::uint8_t> block_scales = std::vector<std::uint8_t>(kExperts * kSize * kSize / 16);
  std::vector<float> scale = std::vector<float>(kExperts);

  assay::Status quantize_ones() {
    const std::vector<float> ones(kSize * kSize, 1.0f);
    for (std::int64_t e = 0; e < kExperts; ++e) {
      const auto expert_codes = std::span(codes).subspan(e * kSize * kSize / 2, kSize * kSize / 2);
      const auto expert_scales =
          std::span(block_scales).subspan(e * kSize * kSize / 16, kSize * kSize / 16);
      ASSAY_TRY(assay::quantize_nvfp4_modelopt("ones", ones, kSize,
                                               {expert_codes, expert_scales, &scale[e]}));
    }
    return {};
  }

  assay::MoeProjection projection() const { return {codes, block_scales, scale, {}}; }
};

assay::Status run_sample(std::span<float> output) {
  Weights weights;
  ASSAY_TRY(weights.quantize_ones());
  const std::vector<float> hidden(kSize, 1.0f), scores(kTopK, 1.0f), down_scale{1.0f};
  const std::vector<std::int32_t> experts{0, 1, 2, 3};
  assay::MoeInputs inputs;
  inputs.shape = {1, 1, kSize, kSize, kExperts, kTopK};
  inputs.hidden_states = hidden;
  inputs.selected_experts_for_tokens = experts;
  inputs.scores_for_selected_experts = scores;
  inputs.gate = inputs.up = inputs.down = weights.projection();
  inputs.down_activation_scale = down_scale;
  return assay::run_moe(inputs, assay::Accumulation::exact, output);
}

}  // namespace

int main() {
  std::vector<float> output(kSize);
  if (const auto status = run_sample(output); !status) {
    std::fprintf(stderr, "%s\n", status.error().message.c_str());
    return 1;
  }
  for (const float value : output) {
    if (value != 57344.0f) {
      std::fprintf(stderr, "expected 57344, got %g\n", static_cast<double>(value));
      return 1;
    }
  }
  std::puts("installed package: the TensorRT sample gives 57344");
}
