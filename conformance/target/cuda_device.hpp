// SPDX-License-Identifier: Apache-2.0
// From a choice of CUDA target to a driver and an open device.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "conformance/target/cuda_choice.hpp"
#include "cuda/backend/device.hpp"

namespace assay {

// The driver's library: $ASSAY_CUDA_DRIVER where it is set. Else libcuda.so.1, left to the loader
// to find; or the emulator beside the program, in the installed program's library folder, or in the
// build tree. Error (target_unavailable): no emulator there.
Result<std::filesystem::path> find_cuda_driver(const CudaChoice& choice);

struct CudaDriver {
  std::shared_ptr<const cuda::Driver> driver;
  std::filesystem::path findings;  // the file of an emulator's findings; empty: none is asked for
};

// Loads it. The emulator reads its variables while it is loaded: ASSAY_EMULATE_SM is then the
// choice's device, and ASSAY_EMULATE_FINDINGS, where it is not set, a file in `folder` (unless
// empty); afterwards the environment is as before. Not to be called while other threads read it.
// Error: target_unavailable.
Result<CudaDriver> load_cuda_driver(const CudaChoice& choice, const std::filesystem::path& folder);

// Device 0. Error (target_unavailable): the driver's; or it is not what the choice says, as where
// this process has loaded the emulator for another device: there is one a process.
Result<std::shared_ptr<const cuda::Device>> open_cuda_device(
    const CudaChoice& choice, const std::shared_ptr<const cuda::Driver>& driver);

}  // namespace assay
