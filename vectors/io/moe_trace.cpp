// SPDX-License-Identifier: Apache-2.0
// Stages as tensors. Rows of one stage have one length, so a row's place needs no lock.
#include "vectors/io/moe_trace.hpp"

#include <algorithm>
#include <new>
#include <optional>

#include "reference/moe/run.hpp"
#include "vectors/io/moe_stage_tensors.hpp"

namespace assay {
namespace {

Result<Tensors> run_in_memory(const MoeInputs& inputs, Accumulation accumulation,
                              bool with_stages) {
  Tensor output(stage_dtype(kMoeStages.back()), stage_shape(kMoeStages.back(), inputs.shape));
  std::optional<MoeTrace> trace;
  if (with_stages) trace.emplace(inputs.shape);
  ASSAY_TRY(run_moe(inputs, accumulation, output.as<float>(), trace ? &*trace : nullptr));
  Tensors tensors;
  if (trace) tensors = std::move(trace->tensors());
  tensors.emplace(stage_tensor_name(kMoeStages.back()), std::move(output));
  return tensors;
}

}  // namespace

// Small inputs can ask for huge stages: every slot has rows of intermediate_size.
Result<Tensors> run_moe_tensors(const MoeInputs& inputs, Accumulation accumulation,
                                bool with_stages) {
  ASSAY_TRY(validate(inputs));
  try {
    return run_in_memory(inputs, accumulation, with_stages);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::invalid_vectors,
                "the results of {} slots with hidden_size {} and intermediate_size {} do not fit "
                "in memory",
                inputs.shape.slots(), inputs.shape.hidden_size, inputs.shape.intermediate_size);
  }
}

MoeTrace::MoeTrace(const MoeShape& shape) {
  for (const MoeStageInfo& stage : kMoeStages) {
    if (stage.stage == MoeStage::output) continue;
    Tensor& kept = tensors_[stage_tensor_name(stage)] =
        Tensor(stage_dtype(stage), stage_shape(stage, shape));
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
