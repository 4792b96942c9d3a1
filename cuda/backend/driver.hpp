// SPDX-License-Identifier: Apache-2.0
// The CUDA driver, found at run time: libcuda.so.1 or any library that exports the driver API, such
// as the emulator. Nothing is linked against it, so a program starts on machines without one.
#pragma once

#include <memory>
#include <string>

#include <cuda.h>

#include "cuda/backend/error.hpp"

namespace assay::cuda {

// One entry per function that the backend calls.
#define ASSAY_CUDA_FUNCTIONS(X) \
  X(cuInit)                     \
  X(cuGetErrorName)             \
  X(cuGetErrorString)           \
  X(cuDriverGetVersion)         \
  X(cuDeviceGet)                \
  X(cuDeviceGetName)            \
  X(cuDeviceGetAttribute)       \
  X(cuDevicePrimaryCtxRetain)   \
  X(cuDevicePrimaryCtxRelease)  \
  X(cuCtxPushCurrent)           \
  X(cuCtxPopCurrent)            \
  X(cuModuleLoadData)           \
  X(cuModuleUnload)             \
  X(cuModuleGetFunction)        \
  X(cuFuncSetAttribute)         \
  X(cuMemAlloc)                 \
  X(cuMemFree)                  \
  X(cuMemcpyHtoD)               \
  X(cuMemcpyDtoH)               \
  X(cuMemsetD8)                 \
  X(cuStreamSynchronize)        \
  X(cuLaunchKernel)

struct Driver {
  std::string path;  // of the library, as it was opened
#define ASSAY_CUDA_MEMBER(name) decltype(&::name) name##_fn = nullptr;
  ASSAY_CUDA_FUNCTIONS(ASSAY_CUDA_MEMBER)
#undef ASSAY_CUDA_MEMBER
};

// Opens the library, for as long as the process lives, and calls cuInit. Errors:
// driver_unavailable, naming the library, and the function where one is missing.
CudaResult<std::shared_ptr<const Driver>> load_driver(const std::string& path);

inline constexpr const char* kGpuDriver = "libcuda.so.1";

// What `result` of a failed call stands for: "context: call: CUDA_ERROR_NAME (what it means)", and
// what to do about it where that is known.
CudaError error_of(const Driver& driver, CUresult result, const char* call,
                   const std::string& context);

}  // namespace assay::cuda

// ASSAY_CU(driver, "gate weights", cuMemAlloc, &address, bytes): calls the function; on failure,
// and only then, evaluates the context and returns the error from the enclosing function. cuda.h
// defines some names as macros for their current version; pasting keeps the plain name.
#define ASSAY_CU(driver, context, name, ...)                                                  \
  do {                                                                                        \
    if (const CUresult assay_result = (driver).name##_fn(__VA_ARGS__);                        \
        assay_result != CUDA_SUCCESS)                                                         \
      return ::tl::unexpected(::assay::cuda::error_of(driver, assay_result, #name, context)); \
  } while (false)
