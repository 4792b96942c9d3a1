// SPDX-License-Identifier: Apache-2.0
// What a case's run on a CUDA device gives.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conformance/target/target.hpp"
#include "cuda/backend/error.hpp"

namespace assay {

struct CudaRun {
  TargetResult result;
  std::vector<std::string> kernels;  // launched, in their order
};

// What the backend says of the inputs: nothing, or that they are refused. Errors: others than that.
inline cuda::CudaResult<std::optional<TargetResult>> refusal_of(const cuda::CudaStatus& status) {
  if (status) return std::nullopt;
  if (status.error().code != cuda::CudaErrorCode::invalid_argument)
    return tl::unexpected(status.error());
  return TargetResult{TargetOutcome::rejected, status.error().message, {}, {}};
}

}  // namespace assay
