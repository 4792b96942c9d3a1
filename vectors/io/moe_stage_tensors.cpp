// SPDX-License-Identifier: Apache-2.0
// Everything follows from the table of stages (reference/moe/stages.hpp).
#include "vectors/io/moe_stage_tensors.hpp"

#include "vectors/io/case_file.hpp"

namespace assay {

std::string stage_tensor_name(const MoeStageInfo& stage) {
  if (stage.stage == MoeStage::output) return "output";
  return kStagePrefix + std::string(stage.name);
}

Dtype stage_dtype(const MoeStageInfo& stage) {
  return stage.is_codes ? Dtype::f8_e4m3 : Dtype::f32;
}

std::vector<std::int64_t> stage_shape(const MoeStageInfo& stage, const MoeShape& shape) {
  std::vector<std::int64_t> extents{shape.batch, shape.sequence_length};
  if (stage.is_per_slot) extents.push_back(shape.top_k);
  extents.push_back(stage.is_hidden ? shape.hidden_size : shape.intermediate_size);
  return extents;
}

}  // namespace assay
