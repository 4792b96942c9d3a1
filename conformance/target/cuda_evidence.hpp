// SPDX-License-Identifier: Apache-2.0
// What a CUDA target says of itself in reports, so that a pass cannot be a computation on the CPU
// in disguise: the driver's library and the device as the driver names them, the kernels that ran,
// and which conversion instructions stand in their PTX.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "conformance/target/target.hpp"
#include "cuda/backend/device.hpp"

namespace assay {

class CudaEvidence {
 public:
  explicit CudaEvidence(const cuda::Device& device);

  void count(const std::vector<std::string>& kernels);
  // "driver", "driver_version", "device", "compute_capability", "kernel_images_sha256", "launches",
  // "ptx", then a row for each conversion. What was not read is not said.
  TargetEvidence rows() const;

 private:
  TargetEvidence device_;
  int major_, minor_;
  std::map<std::string, std::uint64_t> launches_;  // of each kernel
};

}  // namespace assay
