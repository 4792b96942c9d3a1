// SPDX-License-Identifier: Apache-2.0
// Target "cuda": our backend on the machine's GPU, or on the emulator. Layers of block_fma, and
// those whose bits no order of accumulation changes (class A).
#include <cstdlib>

#include "conformance/target/kinds.hpp"
#include "cuda/backend/moe_layer.hpp"
#include "vectors/io/moe_tensors.hpp"

namespace assay {
namespace {

using cuda::Buffer;
using cuda::CudaErrorCode;

cuda::MoeProjectionWeights weights_of(const MoeProjection& projection) {
  return {projection.codes, projection.block_scales, projection.dbl_q_scale, projection.bias};
}

cuda::MoeWeights weights_of(const MoeInputs& inputs) {
  return {weights_of(inputs.gate), weights_of(inputs.up), weights_of(inputs.down),
          inputs.hidden_states_scale, inputs.down_activation_scale};
}

class CudaTarget : public Target {
 public:
  CudaTarget(std::string spec, std::shared_ptr<const cuda::Device> device)
      : spec_(std::move(spec)), device_(std::move(device)) {}
  std::string name() const override { return spec_; }

  Result<TargetResult> run(const CaseFile& test_case) const override {
    const CaseDescription& description = test_case.description;
    if (description.op != "moe")
      return TargetResult{TargetOutcome::unsupported, "the backend has no such operator", {}, {}};
    if (description.profile.accumulation != Accumulation::block_fma && description.bit_class != "A")
      return TargetResult{
          TargetOutcome::unsupported, "the kernels accumulate by block_fma", {}, {}};
    const auto inputs = bind_moe_inputs(test_case.inputs());
    if (!inputs) return TargetResult{TargetOutcome::rejected, inputs.error().message, {}, {}};
    auto output = run_layer(*inputs);
    if (output) return result_of(*std::move(output));
    return TargetResult{TargetOutcome::crashed, output.error().message, {}, {}};
  }

 private:
  cuda::CudaResult<Tensors> run_layer(const MoeInputs& inputs) const {
    const MoeShape& shape = inputs.shape;
    ASSAY_ASSIGN(
        const auto layer,
        cuda::MoeLayer::create(
            device_, {shape.hidden_size, shape.intermediate_size, shape.num_experts, shape.top_k},
            weights_of(inputs)));
    const auto upload = [&](auto span, const char* name) {
      return Buffer::upload(device_, std::as_bytes(span), name);
    };
    ASSAY_ASSIGN(const auto values, upload(inputs.hidden_states, "hidden_states"));
    ASSAY_ASSIGN(const auto codes, upload(inputs.hidden_states_codes, "hidden_states"));
    ASSAY_ASSIGN(const auto experts,
                 upload(inputs.selected_experts_for_tokens, "selected_experts_for_tokens"));
    ASSAY_ASSIGN(const auto scores,
                 upload(inputs.scores_for_selected_experts, "scores_for_selected_experts"));
    Tensor tensor(Dtype::f32, {shape.batch, shape.sequence_length, shape.hidden_size});
    const auto output_bytes = std::as_writable_bytes(tensor.as<float>());
    ASSAY_ASSIGN(const auto output, Buffer::allocate(device_, output_bytes.size(), "output"));
    ASSAY_ASSIGN(const std::size_t bytes, layer.workspace_bytes(shape.tokens()));
    ASSAY_ASSIGN(const auto workspace, Buffer::allocate(device_, bytes, "workspace"));
    ASSAY_TRY(layer.run({.tokens = shape.tokens(),
                         .hidden_states = values.address(),
                         .hidden_states_codes = codes.address(),
                         .selected_experts_for_tokens = experts.address(),
                         .scores_for_selected_experts = scores.address(),
                         .output = output.address(),
                         .workspace = workspace.address(),
                         .workspace_bytes = bytes}));
    ASSAY_TRY(output.download(output_bytes));
    Tensors tensors;
    tensors.emplace(kOutputTensor, std::move(tensor));
    return tensors;
  }

  std::string spec_;
  std::shared_ptr<const cuda::Device> device_;
};

}  // namespace

Result<std::unique_ptr<Target>> make_cuda_target(const std::string& argument) {
  const bool is_emulated = argument.starts_with("emulated");
  if (argument.starts_with("emulated:sm_"))
    setenv("ASSAY_EMULATE_SM", argument.substr(sizeof("emulated:sm_") - 1).c_str(), 1);
  const char* const named = std::getenv("ASSAY_CUDA_DRIVER");
  const std::string path =
      is_emulated ? (named ? named : "libassay_cuda_emulator.so") : cuda::kGpuDriver;
  auto driver = cuda::load_driver(path);
  if (!driver) return fail(ErrorCode::target_unavailable, "{}", driver.error().message);
  auto device = cuda::Device::open(*driver);
  if (!device) return fail(ErrorCode::target_unavailable, "{}", device.error().message);
  return std::make_unique<CudaTarget>(argument.empty() ? "cuda" : "cuda:" + argument, *device);
}

}  // namespace assay
