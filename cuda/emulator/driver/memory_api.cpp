// SPDX-License-Identifier: Apache-2.0
// Device memory: allocation, queries, stream-ordered allocation from the one pool. Source: CUDA
// Driver API, "Memory management", "Stream ordered memory allocator".
#include "cuda/emulator/driver/entry.hpp"
#include "cuda/emulator/driver/stream.hpp"

namespace assay::emulator {
namespace {

constexpr std::size_t kPitchUnit = 512;
// The one memory pool there is; what is freed goes back to the device at once.
const auto kPool =
    reinterpret_cast<CUmemoryPool>(static_cast<std::uintptr_t>(HandleKind::pool) << 40);

Outcome<void> allocate_to(Driver& driver, const std::shared_ptr<Context>& context, CUdeviceptr* out,
                          std::uint64_t bytes) {
  ASSAY_TRY(require(out, "dptr"));
  ASSAY_ASSIGN(*out, driver.allocate(context, bytes, Buffer::Kind::device, 0));
  return {};
}

// Freeing waits for the device: a stream that is captured has to be ended first.
Outcome<void> allocate_in_stream(Driver& driver, const std::shared_ptr<Context>& context,
                                 CUdeviceptr* out, std::uint64_t bytes, CUstream handle) {
  ASSAY_ASSIGN(const std::shared_ptr<Stream> stream, find_stream(driver, context, handle));
  if (stream->capture != nullptr) ASSAY_TRY(refuse_capture(*stream));
  return allocate_to(driver, context, out, bytes);
}

Outcome<void> check_pool(CUmemoryPool pool) {
  if (pool == kPool) return {};
  return refuse(CUDA_ERROR_INVALID_HANDLE, "{} is not a memory pool", fmt::ptr(pool));
}

Outcome<void> get_pool(CUmemoryPool* pool, CUdevice dev) {
  ASSAY_TRY(check_device(dev));
  ASSAY_TRY(require(pool, "pool"));
  *pool = kPool;
  return {};
}

Outcome<void> allocate_pitch(Driver& driver, const std::shared_ptr<Context>& context,
                             CUdeviceptr* out, std::size_t* pitch, std::size_t width,
                             std::size_t height, unsigned element_bytes) {
  ASSAY_TRY(require(pitch, "pPitch"));
  if (element_bytes != 4 && element_bytes != 8 && element_bytes != 16)
    return refuse(CUDA_ERROR_INVALID_VALUE, "elements of {} bytes: 4, 8 or 16", element_bytes);
  if (width == 0 || height == 0 || width > (std::size_t{1} << 31))
    return refuse(CUDA_ERROR_INVALID_VALUE, "{} rows of {} bytes", height, width);
  const std::size_t row = (width + kPitchUnit - 1) / kPitchUnit * kPitchUnit;
  if (height > driver.memory->capacity() / row)
    return refuse(CUDA_ERROR_OUT_OF_MEMORY, "{} rows of {} bytes", height, row);
  ASSAY_TRY(allocate_to(driver, context, out, row * height));
  *pitch = row;
  return {};
}

}  // namespace

}  // namespace assay::emulator

using namespace assay::emulator;

ASSAY_CUDA_API CUresult cuMemAlloc_v2(CUdeviceptr* dptr, std::size_t bytesize) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    return allocate_to(driver, context, dptr, bytesize);
  });
}

ASSAY_CUDA_API CUresult cuMemAllocPitch_v2(CUdeviceptr* dptr, std::size_t* pPitch,
                                           std::size_t WidthInBytes, std::size_t Height,
                                           unsigned ElementSizeBytes) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    return allocate_pitch(driver, context, dptr, pPitch, WidthInBytes, Height, ElementSizeBytes);
  });
}

ASSAY_CUDA_API CUresult cuMemFree_v2(CUdeviceptr dptr) {
  return in_context(__func__, [&](Driver& driver, const auto&) -> Outcome<void> {
    if (dptr == 0) return {};
    return driver.release(dptr, Buffer::Kind::device);
  });
}

ASSAY_CUDA_API CUresult cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
  return in_context(__func__, [&](Driver& driver, const auto&) -> Outcome<void> {
    ASSAY_TRY(require(free, "free"));
    ASSAY_TRY(require(total, "total"));
    *total = driver.memory->capacity();
    *free = *total - std::min<std::size_t>(*total, driver.memory->used_bytes());
    return {};
  });
}

ASSAY_CUDA_API CUresult cuMemGetAddressRange_v2(CUdeviceptr* pbase, std::size_t* psize,
                                                CUdeviceptr dptr) {
  return in_context(__func__, [&](Driver& driver, const auto&) -> Outcome<void> {
    const std::optional<Allocation> found = driver.memory->find(dptr);
    if (!found || found->is_freed || dptr < found->address || dptr - found->address >= found->bytes)
      return refuse(CUDA_ERROR_NOT_FOUND, "{:#x}: {}", dptr, driver.memory->describe(dptr));
    if (pbase != nullptr) *pbase = found->address;
    if (psize != nullptr) *psize = found->bytes;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuMemAllocManaged(CUdeviceptr*, std::size_t, unsigned) {
  return in_context(__func__, [](Driver&, const auto&) -> Outcome<void> {
    return refuse(CUDA_ERROR_NOT_SUPPORTED,
                  "managed memory: host accesses would escape the emulator's checks; use "
                  "cuMemAlloc with copies, or cuMemHostAlloc with cuMemHostGetDevicePointer");
  });
}

ASSAY_CUDA_API CUresult cuMemAllocAsync(CUdeviceptr* dptr, std::size_t bytesize, CUstream hStream) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    return allocate_in_stream(driver, context, dptr, bytesize, hStream);
  });
}
ASSAY_CUDA_ALIAS(cuMemAllocAsync_ptsz, cuMemAllocAsync);

ASSAY_CUDA_API CUresult cuMemAllocFromPoolAsync(CUdeviceptr* dptr, std::size_t bytesize,
                                                CUmemoryPool pool, CUstream hStream) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_TRY(check_pool(pool));
    return allocate_in_stream(driver, context, dptr, bytesize, hStream);
  });
}
ASSAY_CUDA_ALIAS(cuMemAllocFromPoolAsync_ptsz, cuMemAllocFromPoolAsync);

ASSAY_CUDA_API CUresult cuMemFreeAsync(CUdeviceptr dptr, CUstream hStream) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_ASSIGN(const std::shared_ptr<Stream> stream, find_stream(driver, context, hStream));
    ASSAY_TRY(refuse_capture(*stream));
    return driver.release(dptr, Buffer::Kind::device);
  });
}
ASSAY_CUDA_ALIAS(cuMemFreeAsync_ptsz, cuMemFreeAsync);

ASSAY_CUDA_API CUresult cuDeviceGetDefaultMemPool(CUmemoryPool* pool_out, CUdevice dev) {
  return in_driver(__func__, [&](Driver&) { return get_pool(pool_out, dev); });
}

ASSAY_CUDA_API CUresult cuDeviceGetMemPool(CUmemoryPool* pool, CUdevice dev) {
  return in_driver(__func__, [&](Driver&) { return get_pool(pool, dev); });
}

ASSAY_CUDA_API CUresult cuDeviceSetMemPool(CUdevice dev, CUmemoryPool pool) {
  return in_driver(__func__, [&](Driver&) -> Outcome<void> {
    ASSAY_TRY(check_device(dev));
    return check_pool(pool);
  });
}

ASSAY_CUDA_API CUresult cuMemPoolTrimTo(CUmemoryPool pool, std::size_t) {
  return in_driver(__func__, [&](Driver&) { return check_pool(pool); });
}

// The pool keeps nothing: reuse and the release threshold are accepted and mean nothing.
ASSAY_CUDA_API CUresult cuMemPoolSetAttribute(CUmemoryPool pool, CUmemPool_attribute attr,
                                              void* value) {
  return in_driver(__func__, [&](Driver&) -> Outcome<void> {
    ASSAY_TRY(check_pool(pool));
    ASSAY_TRY(require(value, "value"));
    if (attr >= CU_MEMPOOL_ATTR_REUSE_FOLLOW_EVENT_DEPENDENCIES &&
        attr <= CU_MEMPOOL_ATTR_USED_MEM_HIGH)
      return {};
    return refuse(CUDA_ERROR_INVALID_VALUE, "pool attribute {}", static_cast<unsigned>(attr));
  });
}

ASSAY_CUDA_API CUresult cuMemPoolGetAttribute(CUmemoryPool pool, CUmemPool_attribute attr,
                                              void* value) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(check_pool(pool));
    ASSAY_TRY(require(value, "value"));
    if (attr >= CU_MEMPOOL_ATTR_REUSE_FOLLOW_EVENT_DEPENDENCIES &&
        attr <= CU_MEMPOOL_ATTR_REUSE_ALLOW_INTERNAL_DEPENDENCIES) {
      *static_cast<int*>(value) = 0;
      return {};
    }
    if (attr > CU_MEMPOOL_ATTR_USED_MEM_HIGH)
      return refuse(CUDA_ERROR_INVALID_VALUE, "pool attribute {}", static_cast<unsigned>(attr));
    const bool is_threshold = attr == CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
    *static_cast<cuuint64_t*>(value) = is_threshold ? 0 : driver.memory->used_bytes();
    return {};
  });
}
