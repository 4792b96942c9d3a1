// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/driver/entry.hpp"

#include <cstdlib>

namespace assay::emulator {

bool is_verbose() {
  static const bool verbose = [] {
    const char* const value = std::getenv("ASSAY_EMULATE_VERBOSE");
    return value != nullptr && std::string_view(value) != "" && std::string_view(value) != "0";
  }();
  return verbose;
}

std::string_view result_name(CUresult code) {
  switch (code) {
#define ASSAY_CUDA_RESULT(name, value, text) \
  case name:                                 \
    return #name;
#include "cuda/emulator/driver/cuda_results.inc"
#undef ASSAY_CUDA_RESULT
    default:
      return "CUDA_ERROR_?";
  }
}

void log_failure(const char* function, const Failure& failure) noexcept {
  const bool is_always_said =
      failure.code == CUDA_ERROR_NOT_SUPPORTED || failure.code == CUDA_ERROR_UNKNOWN;
  if (!is_always_said && !is_verbose()) return;
  fmt::print(stderr, "assay emulator: {}: {}: {}\n", function, result_name(failure.code),
             failure.reason);
}

bool& in_host_callback() {
  thread_local bool inside = false;
  return inside;
}

Outcome<std::shared_ptr<Context>> current_context() {
  const auto& stack = context_stack();
  if (stack.empty())
    return refuse(CUDA_ERROR_INVALID_CONTEXT, "no context is current on this thread");
  if (!stack.back()->is_alive)
    return refuse(CUDA_ERROR_CONTEXT_IS_DESTROYED, "the current context is destroyed");
  return stack.back();
}

Outcome<std::shared_ptr<Context>> find_context(Driver& driver, CUcontext handle) {
  std::shared_ptr<Context> context = driver.contexts.find(handle);
  if (context == nullptr)
    return refuse(CUDA_ERROR_INVALID_CONTEXT, "{} is not a context", fmt::ptr(handle));
  if (!context->is_alive)
    return refuse(CUDA_ERROR_CONTEXT_IS_DESTROYED, "the primary context is not retained");
  return context;
}

Outcome<void> check_sticky(const Context& context) {
  if (context.sticky == CUDA_SUCCESS) return {};
  return refuse(context.sticky, "an earlier launch in this context failed ({})",
                context.sticky_reason);
}

Outcome<void> check_device(CUdevice device) {
  if (device == 0) return {};
  return refuse(CUDA_ERROR_INVALID_DEVICE, "device {}: there is one device, number 0", device);
}

}  // namespace assay::emulator
