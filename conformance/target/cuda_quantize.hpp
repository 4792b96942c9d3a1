// SPDX-License-Identifier: Apache-2.0
// Operators "quantize" and "dequantize" of the CUDA targets: a case's tensors to the backend's
// kernels and back. Block scales cross the device in tiles of 128x4, so that every case judges that
// layout, too: this side takes the tiles apart, or makes them, with padding that must not be read.
#pragma once

#include <memory>

#include "conformance/target/cuda_run.hpp"
#include "cuda/backend/device.hpp"

namespace assay {

// The result: output and every stage; unsupported where there is no kernel for the recipe; rejected
// where the backend refuses the inputs; garbage where padding of block scales is not zero. Errors:
// the device's. Precondition: check_case_tensors holds, the operator is one of the two.
cuda::CudaResult<CudaRun> run_cuda_quantize(const std::shared_ptr<const cuda::Device>& device,
                                            const CaseFile& test_case);

}  // namespace assay
