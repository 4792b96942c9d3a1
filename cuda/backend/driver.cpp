// SPDX-License-Identifier: Apache-2.0
#include "cuda/backend/driver.hpp"

#include <dlfcn.h>

namespace assay::cuda {
namespace {

// The name of the exported symbol: the argument is expanded first, so cuMemAlloc is cuMemAlloc_v2.
#define ASSAY_CUDA_SYMBOL(name) ASSAY_CUDA_SYMBOL_TEXT(name)
#define ASSAY_CUDA_SYMBOL_TEXT(name) #name

template <typename Function>
CudaStatus bind(void* library, const std::string& path, const char* symbol, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, symbol));
  if (function != nullptr) return {};
  return cuda_fail(CudaErrorCode::driver_unavailable,
                   "{}: has no function {}: a driver of CUDA 12.8 or later is needed", path,
                   symbol);
}

CudaErrorCode code_of(CUresult result) {
  switch (result) {
    case CUDA_ERROR_OUT_OF_MEMORY:
      return CudaErrorCode::out_of_memory;
    case CUDA_ERROR_INVALID_VALUE:
      return CudaErrorCode::invalid_argument;
    case CUDA_ERROR_LAUNCH_FAILED:
    case CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES:
    case CUDA_ERROR_LAUNCH_TIMEOUT:
      return CudaErrorCode::launch_failed;
    case CUDA_ERROR_ILLEGAL_ADDRESS:
    case CUDA_ERROR_MISALIGNED_ADDRESS:
    case CUDA_ERROR_ILLEGAL_INSTRUCTION:
    case CUDA_ERROR_INVALID_ADDRESS_SPACE:
    case CUDA_ERROR_INVALID_PC:
    case CUDA_ERROR_HARDWARE_STACK_ERROR:
    case CUDA_ERROR_ECC_UNCORRECTABLE:
    case CUDA_ERROR_CONTEXT_IS_DESTROYED:
    case CUDA_ERROR_DEINITIALIZED:
      return CudaErrorCode::context_lost;
    default:
      return CudaErrorCode::driver_error;
  }
}

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
      break;
  }
  return "driver_error";
}

CudaResult<std::shared_ptr<const Driver>> load_driver(const std::string& path) {
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return cuda_fail(CudaErrorCode::driver_unavailable, "no CUDA driver: {}", dlerror());
  auto driver = std::make_shared<Driver>();
  driver->path = path;
#define ASSAY_CUDA_BIND(name) \
  ASSAY_TRY(bind(library, path, ASSAY_CUDA_SYMBOL(name), driver->name##_fn));
  ASSAY_CUDA_FUNCTIONS(ASSAY_CUDA_BIND)
#undef ASSAY_CUDA_BIND
  if (const CUresult result = driver->cuInit_fn(0); result != CUDA_SUCCESS)
    return cuda_fail(CudaErrorCode::driver_unavailable, "{}",
                     check(*driver, result, "cuInit", path).error().message);
  return driver;
}

CudaStatus check(const Driver& driver, CUresult result, const char* call,
                 const std::string& context) {
  if (result == CUDA_SUCCESS) return {};
  const char* name = nullptr;
  const char* meaning = nullptr;
  driver.cuGetErrorName_fn(result, &name);
  driver.cuGetErrorString_fn(result, &meaning);
  return cuda_fail(code_of(result), "{}: {}: {} ({})", context, call,
                   name != nullptr ? name : std::to_string(result),
                   meaning != nullptr ? meaning : "no description");
}

}  // namespace assay::cuda
