// SPDX-License-Identifier: Apache-2.0
// cuCtx*: creation and the thread's stack. Source: CUDA Driver API, "Context management".
#include "cuda/emulator/driver/entry.hpp"

namespace assay::emulator {
namespace {

Outcome<void> create(Driver& driver, CUcontext* pctx, unsigned flags, CUdevice device) {
  ASSAY_TRY(require(pctx, "pctx"));
  ASSAY_TRY(check_device(device));
  if ((flags & ~CU_CTX_FLAGS_MASK) != 0)
    return refuse(CUDA_ERROR_INVALID_VALUE, "unknown flags {:#x}", flags);
  const std::shared_ptr<Context> context = driver.create_context(flags);
  context_stack().push_back(context);
  *pctx = context->handle;
  return {};
}

Outcome<void> destroy(Driver& driver, CUcontext handle) {
  ASSAY_ASSIGN(const std::shared_ptr<Context> context, find_context(driver, handle));
  if (context->is_primary)
    return refuse(CUDA_ERROR_INVALID_CONTEXT,
                  "the primary context is released, not destroyed: cuDevicePrimaryCtxRelease");
  driver.contexts.remove(handle);
  driver.release_resources(context);
  context->is_alive = false;
  auto& stack = context_stack();
  if (!stack.empty() && stack.back() == context) stack.pop_back();
  return {};
}

// Null stands for "none current".
Outcome<std::shared_ptr<Context>> context_or_null(Driver& driver, CUcontext handle) {
  if (handle == nullptr) return nullptr;
  return find_context(driver, handle);
}

}  // namespace

}  // namespace assay::emulator

using namespace assay::emulator;

// CUDA 13.0's cuCtxCreate; the parameters choose SM affinity and graphics sharing.
ASSAY_CUDA_API CUresult cuCtxCreate_v4(CUcontext* pctx, CUctxCreateParams* ctxCreateParams,
                                       unsigned flags, CUdevice dev) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    if (ctxCreateParams != nullptr)
      return refuse(CUDA_ERROR_NOT_SUPPORTED, "contexts with execution affinity or shared data");
    return create(driver, pctx, flags, dev);
  });
}

ASSAY_CUDA_API CUresult cuCtxCreate_v3(CUcontext* pctx, CUexecAffinityParam*, int numParams,
                                       unsigned flags, CUdevice dev) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    if (numParams != 0)
      return refuse(CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY, "contexts with execution affinity");
    return create(driver, pctx, flags, dev);
  });
}

ASSAY_CUDA_API CUresult cuCtxCreate_v2(CUcontext* pctx, unsigned flags, CUdevice dev) {
  return in_driver(__func__, [&](Driver& driver) { return create(driver, pctx, flags, dev); });
}
ASSAY_CUDA_ALIAS(cuCtxCreate, cuCtxCreate_v2);

ASSAY_CUDA_API CUresult cuCtxDestroy_v2(CUcontext ctx) {
  return in_driver(__func__, [&](Driver& driver) { return destroy(driver, ctx); });
}
ASSAY_CUDA_ALIAS(cuCtxDestroy, cuCtxDestroy_v2);

ASSAY_CUDA_API CUresult cuCtxPushCurrent_v2(CUcontext ctx) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_ASSIGN(context_stack().emplace_back(), find_context(driver, ctx));
    return {};
  });
}
ASSAY_CUDA_ALIAS(cuCtxPushCurrent, cuCtxPushCurrent_v2);

ASSAY_CUDA_API CUresult cuCtxPopCurrent_v2(CUcontext* pctx) {
  return in_driver(__func__, [&](Driver&) -> Outcome<void> {
    auto& stack = context_stack();
    if (stack.empty()) return refuse(CUDA_ERROR_INVALID_CONTEXT, "the stack of contexts is empty");
    if (pctx != nullptr) *pctx = stack.back()->handle;
    stack.pop_back();
    return {};
  });
}
ASSAY_CUDA_ALIAS(cuCtxPopCurrent, cuCtxPopCurrent_v2);

ASSAY_CUDA_API CUresult cuCtxSetCurrent(CUcontext ctx) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_ASSIGN(std::shared_ptr<Context> context, context_or_null(driver, ctx));
    auto& stack = context_stack();
    if (!stack.empty()) stack.pop_back();
    if (context != nullptr) stack.push_back(std::move(context));
    return {};
  });
}

ASSAY_CUDA_API CUresult cuCtxGetCurrent(CUcontext* pctx) {
  return in_driver(__func__, [&](Driver&) -> Outcome<void> {
    ASSAY_TRY(require(pctx, "pctx"));
    const auto& stack = context_stack();
    *pctx = stack.empty() ? nullptr : stack.back()->handle;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuCtxGetDevice(CUdevice* device) {
  return in_driver(__func__, [&](Driver&) -> Outcome<void> {
    ASSAY_TRY(require(device, "device"));
    ASSAY_TRY(current_context());
    *device = 0;
    return {};
  });
}

// The forms with a context: null stands for the current one.
ASSAY_CUDA_API CUresult cuCtxGetDevice_v2(CUdevice* device, CUcontext ctx) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(device, "device"));
    ASSAY_TRY(ctx == nullptr ? current_context() : find_context(driver, ctx));
    *device = 0;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuCtxSynchronize() {
  return in_context(__func__, [](Driver&, const auto&) { return Outcome<void>{}; });
}

ASSAY_CUDA_API CUresult cuCtxSynchronize_v2(CUcontext ctx) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_ASSIGN(const std::shared_ptr<Context> context,
                 ctx == nullptr ? current_context() : find_context(driver, ctx));
    const std::lock_guard lock(context->mutex);
    return check_sticky(*context);
  });
}
