// SPDX-License-Identifier: Apache-2.0
// Settings of contexts, and the device's primary context. Source: CUDA Driver API, "Context
// management", "Primary context management".
#include "cuda/emulator/driver/entry.hpp"

namespace assay::emulator {
namespace {

constexpr unsigned kApiVersion = 3020;  // of contexts made by cuCtxCreate_v2 and later

// Limits as a device reports them at first; those that mean something to the emulator are none.
std::optional<std::size_t> default_limit(CUlimit limit) {
  switch (limit) {
    case CU_LIMIT_STACK_SIZE:
      return 1024;
    case CU_LIMIT_PRINTF_FIFO_SIZE:
      return 1 << 20;
    case CU_LIMIT_MALLOC_HEAP_SIZE:
      return 8 << 20;
    case CU_LIMIT_DEV_RUNTIME_PENDING_LAUNCH_COUNT:
      return 2048;
    case CU_LIMIT_MAX_L2_FETCH_GRANULARITY:
      return 64;
    case CU_LIMIT_PERSISTING_L2_CACHE_SIZE:
      return 0;
    default:
      return std::nullopt;
  }
}

Outcome<std::size_t> find_default(CUlimit limit) {
  if (const auto value = default_limit(limit)) return *value;
  return refuse(CUDA_ERROR_UNSUPPORTED_LIMIT, "limit {}", static_cast<unsigned>(limit));
}

Outcome<void> set_flags(Context& context, unsigned flags) {
  if ((flags & ~CU_CTX_FLAGS_MASK) != 0)
    return refuse(CUDA_ERROR_INVALID_VALUE, "unknown flags {:#x}", flags);
  context.flags = flags;
  return {};
}

// The body takes Driver&, with the primary context's lock held.
template <typename Body>
CUresult with_primary(const char* function, CUdevice device, Body&& body) noexcept {
  return in_driver(function, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(check_device(device));
    const std::lock_guard lock(driver.primary_mutex);
    return body(driver);
  });
}

}  // namespace

}  // namespace assay::emulator

using namespace assay::emulator;

ASSAY_CUDA_API CUresult cuCtxGetFlags(unsigned* flags) {
  return in_context(__func__, [&](Driver&, const auto& context) -> Outcome<void> {
    ASSAY_TRY(require(flags, "flags"));
    *flags = context->flags;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuCtxSetFlags(unsigned flags) {
  return in_context(__func__,
                    [&](Driver&, const auto& context) { return set_flags(*context, flags); });
}

ASSAY_CUDA_API CUresult cuCtxGetId(CUcontext ctx, unsigned long long* ctxId) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(ctxId, "ctxId"));
    ASSAY_ASSIGN(const std::shared_ptr<Context> context,
                 ctx == nullptr ? current_context() : find_context(driver, ctx));
    *ctxId = context->id;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuCtxGetApiVersion(CUcontext ctx, unsigned* version) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(version, "version"));
    ASSAY_TRY(ctx == nullptr ? current_context() : find_context(driver, ctx));
    *version = kApiVersion;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuCtxGetLimit(std::size_t* pvalue, CUlimit limit) {
  return in_context(__func__, [&](Driver&, const auto& context) -> Outcome<void> {
    ASSAY_TRY(require(pvalue, "pvalue"));
    ASSAY_ASSIGN(const std::size_t initial, find_default(limit));
    const auto found = context->limits.find(limit);
    *pvalue = found == context->limits.end() ? initial : found->second;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuCtxSetLimit(CUlimit limit, std::size_t value) {
  return in_context(__func__, [&](Driver&, const auto& context) -> Outcome<void> {
    ASSAY_TRY(find_default(limit));
    context->limits[limit] = value;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuCtxGetCacheConfig(CUfunc_cache* pconfig) {
  return in_context(__func__, [&](Driver&, const auto& context) -> Outcome<void> {
    ASSAY_TRY(require(pconfig, "pconfig"));
    *pconfig = context->cache;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuCtxSetCacheConfig(CUfunc_cache config) {
  return in_context(__func__, [&](Driver&, const auto& context) -> Outcome<void> {
    if (config > CU_FUNC_CACHE_PREFER_EQUAL)
      return refuse(CUDA_ERROR_INVALID_VALUE, "cache preference {}", static_cast<unsigned>(config));
    context->cache = config;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuCtxGetSharedMemConfig(CUsharedconfig* pConfig) {
  return in_context(__func__, [&](Driver&, const auto&) -> Outcome<void> {
    ASSAY_TRY(require(pConfig, "pConfig"));
    *pConfig = CU_SHARED_MEM_CONFIG_FOUR_BYTE_BANK_SIZE;
    return {};
  });
}

// Accepted and without effect, as on every device since compute capability 5.0.
ASSAY_CUDA_API CUresult cuCtxSetSharedMemConfig(CUsharedconfig) {
  return in_context(__func__, [](Driver&, const auto&) { return Outcome<void>{}; });
}

ASSAY_CUDA_API CUresult cuCtxResetPersistingL2Cache() {
  return in_context(__func__, [](Driver&, const auto&) { return Outcome<void>{}; });
}

// Profiling a range: the counters cover everything anyway.
ASSAY_CUDA_API CUresult cuProfilerStart() {
  return in_context(__func__, [](Driver&, const auto&) { return Outcome<void>{}; });
}

ASSAY_CUDA_API CUresult cuProfilerStop() {
  return in_context(__func__, [](Driver&, const auto&) { return Outcome<void>{}; });
}

ASSAY_CUDA_API CUresult cuDevicePrimaryCtxRetain(CUcontext* pctx, CUdevice dev) {
  return with_primary(__func__, dev, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(pctx, "pctx"));
    ++driver.primary_retained;
    driver.primary->is_alive = true;
    *pctx = driver.primary->handle;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuDevicePrimaryCtxRelease_v2(CUdevice dev) {
  return with_primary(__func__, dev, [&](Driver& driver) -> Outcome<void> {
    if (driver.primary_retained == 0)
      return refuse(CUDA_ERROR_INVALID_CONTEXT, "the primary context is not retained");
    if (--driver.primary_retained > 0) return {};
    driver.release_resources(driver.primary);
    driver.primary->is_alive = false;
    return {};
  });
}
ASSAY_CUDA_ALIAS(cuDevicePrimaryCtxRelease, cuDevicePrimaryCtxRelease_v2);

// Takes everything from the context, which stays retained and current where it was.
ASSAY_CUDA_API CUresult cuDevicePrimaryCtxReset_v2(CUdevice dev) {
  return with_primary(__func__, dev, [&](Driver& driver) -> Outcome<void> {
    driver.release_resources(driver.primary);
    return {};
  });
}
ASSAY_CUDA_ALIAS(cuDevicePrimaryCtxReset, cuDevicePrimaryCtxReset_v2);

ASSAY_CUDA_API CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice dev, unsigned flags) {
  return with_primary(__func__, dev,
                      [&](Driver& driver) { return set_flags(*driver.primary, flags); });
}
ASSAY_CUDA_ALIAS(cuDevicePrimaryCtxSetFlags, cuDevicePrimaryCtxSetFlags_v2);

ASSAY_CUDA_API CUresult cuDevicePrimaryCtxGetState(CUdevice dev, unsigned* flags, int* active) {
  return with_primary(__func__, dev, [&](Driver& driver) -> Outcome<void> {
    if (flags != nullptr) *flags = driver.primary->flags;
    if (active != nullptr) *active = driver.primary->is_alive ? 1 : 0;
    return {};
  });
}
