// SPDX-License-Identifier: Apache-2.0
// Operator "moe" of the CUDA targets: a case's tensors to the backend's layer and back.
#pragma once

#include <memory>

#include "conformance/target/cuda_run.hpp"
#include "cuda/backend/device.hpp"

namespace assay {

// The result: output, and the stages hidden_q, mul_q and down, which the kernels leave in the
// workspace. Unsupported where the layer accumulates in another order than the kernels do and its
// bits depend on it (class B), or is larger than they take; rejected where inputs break a rule.
// Errors: the device's.
cuda::CudaResult<CudaRun> run_cuda_moe(const std::shared_ptr<const cuda::Device>& device,
                                       const CaseFile& test_case);

}  // namespace assay
