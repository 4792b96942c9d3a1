// SPDX-License-Identifier: Apache-2.0
// The CUDA driver as a library found at run time: the file that ASSAY_CUDA_DRIVER names, else
// libcuda.so.1. Functions are those of cuda.h, called through the symbols that a program linked
// with -lcuda would bind to (the _v2 names included), so the same host code runs on a GPU and
// without one.
#pragma once

#include <stdexcept>

#include <cuda.h>

namespace assay::corpus {

// One entry per function that the host programs call.
#define ASSAY_DRIVER_FUNCTIONS(X) \
  X(cuInit)                       \
  X(cuGetErrorName)               \
  X(cuDeviceGet)                  \
  X(cuDeviceGetAttribute)         \
  X(cuDevicePrimaryCtxRetain)     \
  X(cuDevicePrimaryCtxRelease)    \
  X(cuCtxSetCurrent)              \
  X(cuCtxSetLimit)                \
  X(cuCtxSynchronize)             \
  X(cuModuleLoadData)             \
  X(cuModuleUnload)               \
  X(cuModuleGetFunction)          \
  X(cuModuleGetGlobal)            \
  X(cuFuncSetAttribute)           \
  X(cuMemAlloc)                   \
  X(cuMemFree)                    \
  X(cuMemcpyHtoD)                 \
  X(cuMemcpyDtoH)                 \
  X(cuMemsetD8)                   \
  X(cuLaunchKernel)

struct Driver {
#define ASSAY_DRIVER_MEMBER(name) decltype(&::name) name##_fn = nullptr;
  ASSAY_DRIVER_FUNCTIONS(ASSAY_DRIVER_MEMBER)
#undef ASSAY_DRIVER_MEMBER
};

// The driver, opened once. Throws std::runtime_error where it cannot be opened or lacks a function.
const Driver& driver();

// What a driver call returned, when that is not CUDA_SUCCESS.
class DriverError : public std::runtime_error {
 public:
  DriverError(CUresult code, const char* call);
  CUresult code() const { return code_; }

 private:
  CUresult code_;
};

void check(CUresult result, const char* call);

}  // namespace assay::corpus

// CORPUS_CU(cuMemFree, address): calls the function and throws DriverError when it fails. cuda.h
// defines some names as macros for their current version; pasting keeps the plain name.
#define CORPUS_CU(name, ...) \
  ::assay::corpus::check(::assay::corpus::driver().name##_fn(__VA_ARGS__), #name)
