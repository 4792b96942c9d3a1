// SPDX-License-Identifier: Apache-2.0
// Stages as tensors. Rows of one stage have one length, so a row's place needs no lock.
#include <algorithm>

#include "vectors/io/case_file.hpp"
#include "vectors/io/moe_tensors.hpp"

namespace assay {

std::vector<std::int64_t> stage_shape(const MoeStageInfo& stage, const MoeShape& shape) {
  std::vector<std::int64_t> extents{shape.batch, shape.sequence_length};
  if (stage.is_per_slot) extents.push_back(shape.top_k);
  extents.push_back(stage.is_hidden ? shape.hidden_size : shape.intermediate_size);
  return extents;
}

std::string stage_tensor_name(const MoeStageInfo& stage) {
  if (stage.stage == MoeStage::output) return "output";
  return kStagePrefix + std::string(stage.name);
}

MoeTrace::MoeTrace(const MoeShape& shape) {
  for (const MoeStageInfo& stage : kMoeStages) {
    if (stage.stage == MoeStage::output) continue;
    Tensor tensor(stage.is_codes ? Dtype::f8_e4m3 : Dtype::f32, stage_shape(stage, shape));
    Tensor& kept = tensors_[stage_tensor_name(stage)] = std::move(tensor);
    destinations_[static_cast<std::size_t>(stage.stage)] = kept.as<std::byte>();
  }
}

void MoeTrace::values(MoeStage stage, std::int64_t row, std::span<const float> values) {
  store(stage, row, std::as_bytes(values));
}

void MoeTrace::codes(MoeStage stage, std::int64_t row, std::span<const std::uint8_t> codes) {
  store(stage, row, std::as_bytes(codes));
}

void MoeTrace::store(MoeStage stage, std::int64_t row, std::span<const std::byte> bytes) {
  const auto destination = destinations_[static_cast<std::size_t>(stage)];
  std::ranges::copy(bytes, destination.subspan(row * bytes.size()).begin());
}

}  // namespace assay
