// SPDX-License-Identifier: Apache-2.0
// What the backend returns instead of a value. Each code has one meaning; assay_cuda.h has the same
// ones, and numbers, for C. After every error but context_lost, objects are as they were before the
// call.
#pragma once

#include <string>
#include <utility>

#include <fmt/format.h>

#include "reference/result.hpp"

namespace assay::cuda {

enum class CudaErrorCode {
  invalid_argument = 1,  // a null or misaligned pointer, an extent or scale out of range
  workspace_too_small,   // fewer bytes than workspace_bytes() asks for
  driver_unavailable,    // no CUDA driver, or one too old for the kernels
  unsupported_device,    // compute capability other than 10.x and 11.x
  out_of_memory,         // the device has no room, or the host
  launch_failed,         // a kernel could not be started; the object may be used again
  context_lost,  // a kernel failed on the device, or the context is gone: no call works any more
  driver_error,  // anything else that a driver call returned
  internal,      // a defect of Assay
};

// "invalid_argument"
const char* name_of(CudaErrorCode code);

struct CudaError {
  CudaErrorCode code;
  std::string message;  // one line: what was done, the driver's error name, what to do
};

template <typename T>
using CudaResult = tl::expected<T, CudaError>;
using CudaStatus = CudaResult<void>;

template <typename... Args>
tl::unexpected<CudaError> cuda_fail(CudaErrorCode code, fmt::format_string<Args...> text,
                                    Args&&... args) {
  return tl::unexpected(CudaError{code, fmt::format(text, std::forward<Args>(args)...)});
}

}  // namespace assay::cuda
