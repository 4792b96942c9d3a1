// SPDX-License-Identifier: Apache-2.0
// Operators "quantize_fp8" and "dequantize_fp8" of the CUDA targets: a case's tensors to the
// backend's kernels of static FP8 quantization and back.
#pragma once

#include <memory>

#include "conformance/target/cuda_run.hpp"
#include "cuda/backend/device.hpp"

namespace assay {

// The result: output; rejected where the backend refuses the scale. Errors: the device's.
// Precondition: check_case_tensors holds, the operator is one of the two.
cuda::CudaResult<CudaRun> run_cuda_static_fp8(const std::shared_ptr<const cuda::Device>& device,
                                              const CaseFile& test_case);

}  // namespace assay
