// SPDX-License-Identifier: Apache-2.0
// What a driver's result means for the caller. CUDA_ERROR_* are described in cuda.h; those that
// "leave the process in an inconsistent state" end the context.
#include "cuda/backend/error.hpp"

#include <algorithm>
#include <string_view>

#include "cuda/backend/driver.hpp"

namespace assay::cuda {
namespace {

struct Meaning {
  CUresult result;
  CudaErrorCode code;
  const char* advice = "";
  std::string_view call = {};  // of this one only
};

constexpr const char* kForeignStream =
    ": the stream is none of the device's primary context, which the CUDA runtime uses too";
constexpr const char* kOldDriver = ": install a driver of CUDA 13.0 or later";
constexpr const char* kNoDriver = ": the driver is not ready for use on this machine";
constexpr const char* kLost = ": destroy this context's objects; a new process is safest";
constexpr const char* kCapture = ": create layers before a capture begins";

// The first that fits.
constexpr Meaning kMeanings[] = {
    {CUDA_ERROR_INVALID_CONTEXT, CudaErrorCode::invalid_argument, kForeignStream, "cuLaunchKernel"},
    {CUDA_ERROR_INVALID_HANDLE, CudaErrorCode::invalid_argument, kForeignStream, "cuLaunchKernel"},
    {CUDA_ERROR_INVALID_VALUE, CudaErrorCode::invalid_argument, "", "cuDeviceGet"},
    {CUDA_ERROR_INVALID_DEVICE, CudaErrorCode::invalid_argument, "", "cuDeviceGet"},

    {CUDA_ERROR_OUT_OF_MEMORY, CudaErrorCode::out_of_memory},

    {CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, CudaErrorCode::launch_failed},
    {CUDA_ERROR_LAUNCH_INCOMPATIBLE_TEXTURING, CudaErrorCode::launch_failed},
    {CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE, CudaErrorCode::launch_failed},
    {CUDA_ERROR_INVALID_CLUSTER_SIZE, CudaErrorCode::launch_failed},

    {CUDA_ERROR_NO_BINARY_FOR_GPU, CudaErrorCode::unsupported_device,
     ": the library has code for sm_100a, sm_103a and sm_110a, and PTX of their families"},
    {CUDA_ERROR_INVALID_PTX, CudaErrorCode::unsupported_device,
     ": the driver could not compile the library's PTX for this device"},

    {CUDA_ERROR_INVALID_IMAGE, CudaErrorCode::driver_unavailable, kOldDriver},
    {CUDA_ERROR_UNSUPPORTED_PTX_VERSION, CudaErrorCode::driver_unavailable, kOldDriver},
    {CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER, CudaErrorCode::driver_unavailable, kOldDriver},
    {CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE, CudaErrorCode::driver_unavailable, kOldDriver},
    {CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, CudaErrorCode::driver_unavailable,
     ": reboot, so that the kernel's part of the driver is that of the library"},
    {CUDA_ERROR_JIT_COMPILER_NOT_FOUND, CudaErrorCode::driver_unavailable,
     ": install the driver's PTX compiler, libnvidia-ptxjitcompiler"},
    {CUDA_ERROR_JIT_COMPILATION_DISABLED, CudaErrorCode::driver_unavailable,
     ": unset CUDA_DISABLE_PTX_JIT, this device needs the driver's compiler"},
    {CUDA_ERROR_STUB_LIBRARY, CudaErrorCode::driver_unavailable,
     ": this is the toolkit's stub for linking; take the directory out of LD_LIBRARY_PATH"},
    {CUDA_ERROR_NO_DEVICE, CudaErrorCode::driver_unavailable, kNoDriver},
    {CUDA_ERROR_NOT_INITIALIZED, CudaErrorCode::driver_unavailable, kNoDriver},
    {CUDA_ERROR_SYSTEM_NOT_READY, CudaErrorCode::driver_unavailable, kNoDriver},

    {CUDA_ERROR_DEINITIALIZED, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_INVALID_CONTEXT, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_CONTEXT_IS_DESTROYED, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_ECC_UNCORRECTABLE, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_NVLINK_UNCORRECTABLE, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_CONTAINED, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_ILLEGAL_ADDRESS, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_LAUNCH_TIMEOUT, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_ASSERT, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_HARDWARE_STACK_ERROR, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_ILLEGAL_INSTRUCTION, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_MISALIGNED_ADDRESS, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_INVALID_ADDRESS_SPACE, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_INVALID_PC, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_LAUNCH_FAILED, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_TENSOR_MEMORY_LEAK, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_EXTERNAL_DEVICE, CudaErrorCode::context_lost, kLost},
    {CUDA_ERROR_MPS_CLIENT_TERMINATED, CudaErrorCode::context_lost, kLost},

    {CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, CudaErrorCode::driver_error, kCapture},
    {CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, CudaErrorCode::driver_error, kCapture},
    {CUDA_ERROR_UNKNOWN, CudaErrorCode::driver_error},  // what fits nothing
};

}  // namespace

const char* name_of(CudaErrorCode code) {
  switch (code) {
    case CudaErrorCode::invalid_argument:
      return "invalid_argument";
    case CudaErrorCode::workspace_too_small:
      return "workspace_too_small";
    case CudaErrorCode::driver_unavailable:
      return "driver_unavailable";
    case CudaErrorCode::unsupported_device:
      return "unsupported_device";
    case CudaErrorCode::out_of_memory:
      return "out_of_memory";
    case CudaErrorCode::launch_failed:
      return "launch_failed";
    case CudaErrorCode::context_lost:
      return "context_lost";
    case CudaErrorCode::driver_error:
      return "driver_error";
    case CudaErrorCode::internal:
      break;
  }
  return "internal";
}

CudaError error_of(const Driver& driver, CUresult result, const char* call,
                   const std::string& context) {
  const auto fits = [&](const Meaning& meaning) {
    return meaning.result == result && (meaning.call.empty() || meaning.call == call);
  };
  const Meaning* meaning = std::ranges::find_if(kMeanings, fits);
  if (meaning == std::end(kMeanings)) --meaning;
  const char* name = nullptr;
  const char* text = nullptr;
  driver.cuGetErrorName_fn(result, &name);
  driver.cuGetErrorString_fn(result, &text);
  return {meaning->code, fmt::format("{}: {}: {} ({}){}", context, call,
                                     name != nullptr ? name : std::to_string(result),
                                     text != nullptr ? text : "no description", meaning->advice)};
}

}  // namespace assay::cuda
