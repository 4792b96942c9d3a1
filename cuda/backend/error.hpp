// SPDX-License-Identifier: Apache-2.0
// What the backend returns instead of a value. Each code has one meaning; assay_cuda.h has the same
// ones for C.
#pragma once

#include <string>
#include <utility>

#include <fmt/format.h>

#include "reference/result.hpp"

namespace assay::cuda {

enum class CudaErrorCode {
  invalid_argument,     // a null or misaligned pointer, an extent or scale out of range
  workspace_too_small,  // fewer bytes than workspace_bytes() asks for
  driver_unavailable,   // no CUDA driver, or one that lacks a function
  unsupported_device,   // compute capability other than 10.x and 11.x
  out_of_memory,        // the device has no room
  launch_failed,        // a kernel could not be started, or one that ran before failed
  context_lost,         // an earlier failure made the context unusable: destroy the object
  driver_error,         // anything else that a driver call returned
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
