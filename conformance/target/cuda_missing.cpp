// SPDX-License-Identifier: Apache-2.0
// Targets "cuda" and "cuda:emulated" in a build without the backend.
#include "conformance/target/kinds.hpp"

namespace assay {

Result<std::unique_ptr<Target>> make_cuda_target(const CudaChoice& choice, const TargetOptions&) {
  return fail(ErrorCode::target_unavailable, "{}: this build has no CUDA backend: {}",
              choice.spec(), ASSAY_CUDA_MISSING);
}

}  // namespace assay
