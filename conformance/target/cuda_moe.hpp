// SPDX-License-Identifier: Apache-2.0
// Operator "moe" of the CUDA targets: a case's tensors to the backend's layer and back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conformance/target/target.hpp"
#include "cuda/backend/moe_layer.hpp"
#include "vectors/io/moe_tensors.hpp"

namespace assay {

struct CudaResults {
  Tensors tensors;                   // "output" and stages
  std::vector<std::string> kernels;  // launched, in their order
};

// Why the device is not asked: unsupported where the layer accumulates in another order than the
// kernels do and its bits depend on it (class B), or is larger than they take; rejected where
// weights or scales break a rule.
std::optional<TargetResult> refuse_moe(const CaseDescription& description, const MoeInputs& inputs);

// Stages: hidden_q, mul_q and down, which the kernels leave in the workspace. Errors: the device's.
cuda::CudaResult<CudaResults> run_cuda_moe(const std::shared_ptr<const cuda::Device>& device,
                                           const MoeInputs& inputs);

}  // namespace assay
