// SPDX-License-Identifier: Apache-2.0
// From the arguments of a launch to its execution.
#pragma once

#include "cuda/emulator/driver/driver.hpp"
#include "cuda/emulator/execute/launch.hpp"

namespace assay::emulator {

// The parameter block, from the addresses of the arguments or from a buffer that holds it
// (CU_LAUNCH_PARAM_BUFFER_POINTER). Error: CUDA_ERROR_INVALID_VALUE.
Outcome<std::vector<std::byte>> pack_params(const Function& kernel, void** params, void** extra);

// Limits of the kernel and of the device, before anything runs. Errors: CUDA_ERROR_INVALID_VALUE,
// _LAUNCH_OUT_OF_RESOURCES, _COOPERATIVE_LAUNCH_TOO_LARGE, _NOT_SUPPORTED (clusters).
Outcome<void> check_launch(const Driver& driver, const LoadedFunction& loaded,
                           const LaunchConfig& config);

// Runs the grid, reports findings, and makes their error the context's. The context's mutex is
// held.
Outcome<void> launch_now(Driver& driver, Context& context, const LoadedFunction& loaded,
                         const LaunchConfig& config);

}  // namespace assay::emulator
