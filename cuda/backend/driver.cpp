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
                   "{}: has no function {}: a driver of CUDA 13.0 or later is needed", path,
                   symbol);
}

struct Close {
  void operator()(void* library) const { dlclose(library); }
};

}  // namespace

CudaResult<std::shared_ptr<const Driver>> load_driver(const std::string& path) {
  auto driver = std::make_shared<Driver>();
  driver->path = path;
  if (path.empty())  // to dlopen, the program itself
    return cuda_fail(CudaErrorCode::driver_unavailable, "no CUDA driver: the path is empty");
  std::unique_ptr<void, Close> library(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (library == nullptr)
    return cuda_fail(CudaErrorCode::driver_unavailable, "no CUDA driver: {}", dlerror());
#define ASSAY_CUDA_BIND(name) \
  ASSAY_TRY(bind(library.get(), path, ASSAY_CUDA_SYMBOL(name), driver->name##_fn));
  ASSAY_CUDA_FUNCTIONS(ASSAY_CUDA_BIND)
#undef ASSAY_CUDA_BIND
  library.release();  // a driver that was started is never unloaded
  if (const CUresult result = driver->cuInit_fn(0); result != CUDA_SUCCESS)
    return cuda_fail(CudaErrorCode::driver_unavailable, "{}",
                     error_of(*driver, result, "cuInit", path).message);
  return driver;
}

}  // namespace assay::cuda
