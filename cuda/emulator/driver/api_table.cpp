// SPDX-License-Identifier: Apache-2.0
// A weak definition of every function of the driver API, which says that it is not supported; those
// that are implemented have a strong one elsewhere, which the linker takes. Callers pass arguments
// that nobody reads: in the C calling conventions of x86-64 and AArch64 that is harmless.
#include "cuda/emulator/driver/api_table.hpp"

#include <mutex>
#include <set>

#include "cuda/emulator/driver/entry.hpp"

namespace assay::emulator {
namespace {

CUresult not_implemented(const char* function) {
  static std::mutex mutex;
  static std::set<std::string_view>& told = *new std::set<std::string_view>;
  const std::lock_guard lock(mutex);
  if (told.insert(function).second)
    log_failure(function, {CUDA_ERROR_NOT_SUPPORTED, "the emulator does not implement this"});
  return CUDA_ERROR_NOT_SUPPORTED;
}

}  // namespace

#define ASSAY_CUDA_FUNCTION(base, version, symbol)         \
  ASSAY_CUDA_API __attribute__((weak)) CUresult symbol() { \
    return not_implemented(#symbol);                       \
  }
#define ASSAY_CUDA_PER_THREAD ASSAY_CUDA_FUNCTION
#include "cuda/emulator/driver/cuda_functions.inc"
#undef ASSAY_CUDA_PER_THREAD
#undef ASSAY_CUDA_FUNCTION

std::span<const ApiFunction> api_functions() {
  static const ApiFunction functions[] = {
#define ASSAY_CUDA_FUNCTION(base, version, symbol) \
  {#base, version, false, #symbol, reinterpret_cast<void (*)()>(&symbol)},
#define ASSAY_CUDA_PER_THREAD(base, version, symbol) \
  {#base, version, true, #symbol, reinterpret_cast<void (*)()>(&symbol)},
#include "cuda/emulator/driver/cuda_functions.inc"
#undef ASSAY_CUDA_PER_THREAD
#undef ASSAY_CUDA_FUNCTION
  };
  return functions;
}

}  // namespace assay::emulator
