// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/corpus/harness/driver.hpp"

#include <cstdlib>
#include <string>

#include <dlfcn.h>

namespace assay::corpus {
namespace {

// The name of the exported symbol: the argument is expanded first, so cuMemAlloc is cuMemAlloc_v2.
#define ASSAY_SYMBOL(name) ASSAY_SYMBOL_TEXT(name)
#define ASSAY_SYMBOL_TEXT(name) #name

template <typename Function>
void bind(void* library, const char* symbol, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, symbol));
  if (function == nullptr)
    throw std::runtime_error(std::string("the CUDA driver has no function ") + symbol);
}

Driver open_driver() {
  const char* named = std::getenv("ASSAY_CUDA_DRIVER");
  const std::string path = named != nullptr && *named != '\0' ? named : "libcuda.so.1";
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    throw std::runtime_error("no CUDA driver: " + std::string(dlerror()) +
                             " (set ASSAY_CUDA_DRIVER to the library's file)");
  Driver opened;
#define ASSAY_BIND(name) bind(library, ASSAY_SYMBOL(name), opened.name##_fn);
  ASSAY_DRIVER_FUNCTIONS(ASSAY_BIND)
#undef ASSAY_BIND
  return opened;
}

std::string describe(CUresult code, const char* call) {
  const char* name = nullptr;
  driver().cuGetErrorName_fn(code, &name);
  return std::string(call) + ": " + (name != nullptr ? name : std::to_string(code));
}

}  // namespace

const Driver& driver() {
  static const Driver opened = open_driver();
  return opened;
}

DriverError::DriverError(CUresult code, const char* call)
    : std::runtime_error(describe(code, call)), code_(code) {}

void check(CUresult result, const char* call) {
  if (result != CUDA_SUCCESS) throw DriverError(result, call);
}

}  // namespace assay::corpus
