// SPDX-License-Identifier: Apache-2.0
// The MoE operator's tensors by name (docs/vectors.md): between a case file and reference/moe.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "reference/moe/layer.hpp"
#include "reference/moe/stages.hpp"
#include "vectors/io/tensor.hpp"

namespace assay {

// Views of the named tensors. Errors (invalid_vectors): a tensor missing or unknown, a dtype or
// shape that disagrees with the others, with both shapes; then whatever validate(MoeInputs) finds.
// "output" and "stage.*" are ignored.
Result<MoeInputs> bind_moe_inputs(const TensorViews& tensors);

// Shape of a stage's tensor for a layer: [B, S, H], [B, S, K, I] or [B, S, K, H].
std::vector<std::int64_t> stage_shape(const MoeStageInfo& stage, const MoeShape& shape);

// "stage.gate_dot", ... and "output" for MoeStage::output.
std::string stage_tensor_name(const MoeStageInfo& stage);

// Keeps every stage that a run emits as a tensor named stage.<name>; rows may arrive in any order.
class MoeTrace : public MoeStageSink {
 public:
  explicit MoeTrace(const MoeShape& shape);
  void values(MoeStage stage, std::int64_t row, std::span<const float> values) override;
  void codes(MoeStage stage, std::int64_t row, std::span<const std::uint8_t> codes) override;
  Tensors& tensors() { return tensors_; }

 private:
  void store(MoeStage stage, std::int64_t row, std::span<const std::byte> bytes);

  Tensors tensors_;
  std::array<std::span<std::byte>, kMoeStages.size()> destinations_;
};

}  // namespace assay
