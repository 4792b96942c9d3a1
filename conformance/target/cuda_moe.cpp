// SPDX-License-Identifier: Apache-2.0
#include "conformance/target/cuda_moe.hpp"

#include <algorithm>
#include <optional>

#include "conformance/target/kinds.hpp"
#include "cuda/backend/moe_weights.hpp"
#include "cuda/kernels/lane_order.hpp"
#include "vectors/io/moe_stage_tensors.hpp"
#include "vectors/io/moe_tensors.hpp"

namespace assay {
namespace {

using cuda::Buffer;

cuda::MoeExtents extents_of(const MoeShape& shape) {
  return {shape.hidden_size, shape.intermediate_size, shape.num_experts, shape.top_k};
}

cuda::MoeProjectionWeights weights_of(const MoeProjection& projection) {
  return {projection.codes, projection.block_scales, projection.dbl_q_scale, projection.bias};
}

cuda::MoeWeights weights_of(const MoeInputs& inputs) {
  return {weights_of(inputs.gate), weights_of(inputs.up), weights_of(inputs.down),
          inputs.hidden_states_scale, inputs.down_activation_scale};
}

// Rows of E4M3 codes out of the order in which the kernels keep them, without their padding.
void restore_order(std::span<const std::byte> packed, std::span<std::byte> rows,
                   std::int64_t columns) {
  const auto width = static_cast<std::size_t>(columns);
  const std::size_t pitch =
      static_cast<std::size_t>(cuda::steps_of(static_cast<int>(columns))) * cuda::kStepColumns;
  for (std::size_t row = 0; row * width < rows.size(); ++row)
    for (std::size_t k = 0; k < width; ++k)
      rows[row * width + k] =
          packed[row * pitch + static_cast<std::size_t>(cuda::lane_order(static_cast<int>(k)))];
}

void add_stages(std::span<const std::byte> workspace, const cuda::MoeWorkspace& layout,
                const MoeShape& shape, Tensors& tensors) {
  for (const MoeStageInfo& stage : kMoeStages) {
    const bool is_hidden_q = stage.stage == MoeStage::hidden_q;
    if (!is_hidden_q && stage.stage != MoeStage::mul_q && stage.stage != MoeStage::down) continue;
    Tensor tensor(stage_dtype(stage), stage_shape(stage, shape));
    const auto bytes = tensor.as<std::byte>();
    if (stage.stage == MoeStage::down)
      std::ranges::copy(workspace.subspan(layout.down, bytes.size()), bytes.begin());
    else if (is_hidden_q)
      restore_order(workspace.subspan(layout.hidden_q), bytes, shape.hidden_size);
    else
      restore_order(workspace.subspan(layout.mul_q), bytes, shape.intermediate_size);
    tensors.emplace(stage_tensor_name(stage), std::move(tensor));
  }
}

// Inputs to the device, the layer's kernels, the output back.
cuda::CudaStatus run_layer(const std::shared_ptr<const cuda::Device>& device,
                           const cuda::MoeLayer& layer, const MoeInputs& inputs,
                           const Buffer& workspace, std::span<std::byte> result) {
  const auto upload = [&](auto span, const char* name) {
    return Buffer::upload(device, std::as_bytes(span), name);
  };
  ASSAY_ASSIGN(const auto values, upload(inputs.hidden_states, "hidden_states"));
  ASSAY_ASSIGN(const auto codes, upload(inputs.hidden_states_codes, "hidden_states"));
  ASSAY_ASSIGN(const auto experts,
               upload(inputs.selected_experts_for_tokens, "selected_experts_for_tokens"));
  ASSAY_ASSIGN(const auto scores,
               upload(inputs.scores_for_selected_experts, "scores_for_selected_experts"));
  ASSAY_ASSIGN(const auto output, Buffer::allocate(device, result.size(), kOutputTensor));
  ASSAY_TRY(layer.run({.tokens = inputs.shape.tokens(),
                       .hidden_states = values.address(),
                       .hidden_states_codes = codes.address(),
                       .selected_experts_for_tokens = experts.address(),
                       .scores_for_selected_experts = scores.address(),
                       .output = output.address(),
                       .workspace = workspace.address(),
                       .workspace_bytes = workspace.bytes()}));
  return output.download(result);
}

TargetResult refusal(TargetOutcome outcome, std::string reason) {
  return {outcome, std::move(reason), {}, {}};
}

// Why the device is not asked; nothing where it is.
std::optional<TargetResult> refuse(const CaseDescription& description, const MoeInputs& inputs) {
  using enum TargetOutcome;
  if (description.profile.accumulation != Accumulation::block_fma && description.bit_class != "A")
    return refusal(unsupported, "the kernels accumulate by block_fma, and the bits depend on it");
  const cuda::MoeExtents extents = extents_of(inputs.shape);
  if (const auto plan = plan_moe(extents, inputs.shape.tokens()); !plan)
    return refusal(unsupported, plan.error().message);
  if (const auto status = check_weights(extents, weights_of(inputs)); !status)
    return refusal(rejected, status.error().message);
  return std::nullopt;
}

}  // namespace

cuda::CudaResult<CudaRun> run_cuda_moe(const std::shared_ptr<const cuda::Device>& device,
                                       const CaseFile& test_case) {
  const auto inputs = bind_moe_inputs(test_case.inputs());
  if (!inputs) return CudaRun{refusal(TargetOutcome::rejected, inputs.error().message), {}};
  if (auto refused = refuse(test_case.description, *inputs))
    return CudaRun{*std::move(refused), {}};
  const MoeShape& shape = inputs->shape;
  ASSAY_ASSIGN(const auto layer,
               cuda::MoeLayer::create(device, extents_of(shape), weights_of(*inputs)));
  ASSAY_ASSIGN(const auto plan, plan_moe(layer.extents(), shape.tokens()));
  ASSAY_ASSIGN(const auto workspace, Buffer::allocate(device, plan.workspace.bytes, "workspace"));
  Tensor output(Dtype::f32, {shape.batch, shape.sequence_length, shape.hidden_size});
  ASSAY_TRY(run_layer(device, layer, *inputs, workspace, output.as<std::byte>()));
  std::vector<std::byte> intermediate(workspace.bytes());
  ASSAY_TRY(workspace.download(intermediate));
  ASSAY_ASSIGN(const auto kernels, layer.kernels(shape.tokens()));
  Tensors tensors;
  add_stages(intermediate, plan.workspace, shape, tensors);
  tensors.emplace(kOutputTensor, std::move(output));
  return CudaRun{*result_of(std::move(tensors)), {kernels.begin(), kernels.end()}};
}

}  // namespace assay
