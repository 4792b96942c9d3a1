// SPDX-License-Identifier: Apache-2.0
// What every driver function begins and ends with: is the driver initialized, is there a context,
// is it in order; nothing thrown passes into the application; the log says why a call failed.
#pragma once

#include <memory>
#include <mutex>

#include "cuda/emulator/driver/driver.hpp"

// Exported functions, in C linkage whatever their namespace.
#define ASSAY_CUDA_API extern "C" __attribute__((visibility("default")))
// A second symbol for a function of the same file: forms that differ only in what stream 0 means
// (_ptds, _ptsz), and older versions with the same parameters.
#define ASSAY_CUDA_ALIAS(symbol, function) \
  extern "C" decltype(function) symbol __attribute__((alias(#function), visibility("default")))

namespace assay::emulator {

// ASSAY_EMULATE_VERBOSE is set: every failure is logged, not only what is unsupported or a bug.
bool is_verbose();
// One line on stderr: "assay emulator: cuMemAlloc_v2: CUDA_ERROR_OUT_OF_MEMORY: <reason>".
void log_failure(const char* function, const Failure& failure) noexcept;
std::string_view result_name(CUresult code);  // "CUDA_ERROR_?": none of CUDA 13.0

// True on a thread that is inside a function given to cuLaunchHostFunc or cuStreamAddCallback.
bool& in_host_callback();

// Runs the body of `function`, logs its failure, turns exceptions into CUDA_ERROR_OUT_OF_MEMORY
// and CUDA_ERROR_UNKNOWN.
template <typename Body>
CUresult anywhere(const char* function, Body&& body) noexcept {
  Failure failure{CUDA_ERROR_UNKNOWN, "unexpected exception"};
  try {
    Outcome<void> outcome = body();
    if (outcome) return CUDA_SUCCESS;
    failure = std::move(outcome).error();
  } catch (const std::bad_alloc&) {
    failure = {CUDA_ERROR_OUT_OF_MEMORY, "the host has no memory"};
  } catch (...) {
  }
  log_failure(function, failure);
  return failure.code;
}

// After cuInit. The body takes Driver&.
template <typename Body>
CUresult in_driver(const char* function, Body&& body) noexcept {
  return anywhere(function, [&]() -> Outcome<void> {
    if (in_host_callback())
      return refuse(CUDA_ERROR_NOT_PERMITTED,
                    "host functions of a stream must not call the driver");
    if (Driver* const state = driver(); state != nullptr) return body(*state);
    return refuse(CUDA_ERROR_NOT_INITIALIZED, "cuInit was not called");
  });
}

Outcome<std::shared_ptr<Context>> current_context();
Outcome<std::shared_ptr<Context>> find_context(Driver& driver, CUcontext handle);
Outcome<void> check_sticky(const Context& context);
Outcome<void> check_device(CUdevice device);

// With the current context, locked. The body takes Driver& and const std::shared_ptr<Context>&. A
// context in which a launch failed gives that error until it is destroyed.
template <typename Body>
CUresult in_context(const char* function, Body&& body) noexcept {
  return in_driver(function, [&](Driver& state) -> Outcome<void> {
    ASSAY_ASSIGN(const std::shared_ptr<Context> context, current_context());
    const std::lock_guard lock(context->mutex);
    ASSAY_TRY(check_sticky(*context));
    return body(state, context);
  });
}

// With a kernel of the current context. The body takes Driver& and LoadedFunction&.
template <typename Body>
CUresult with_function(const char* name, CUfunction handle, Body&& body) noexcept {
  return in_context(name, [&](Driver& state, const auto& context) -> Outcome<void> {
    ASSAY_ASSIGN(const auto loaded, find_function(state, context, handle));
    return body(state, *loaded);
  });
}

}  // namespace assay::emulator
