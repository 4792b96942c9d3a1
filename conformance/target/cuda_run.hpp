// SPDX-License-Identifier: Apache-2.0
// What a case's run on a CUDA device gives.
#pragma once

#include <string>
#include <vector>

#include "conformance/target/target.hpp"

namespace assay {

struct CudaRun {
  TargetResult result;
  std::vector<std::string> kernels;  // launched, in their order
};

}  // namespace assay
