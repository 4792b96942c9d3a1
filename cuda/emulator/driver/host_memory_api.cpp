// SPDX-License-Identifier: Apache-2.0
// Page-locked host memory, and what a pointer points to. Memory from cuMemHostAlloc lies in the
// device's address range, so that kernels reach it through cuMemHostGetDevicePointer; its device
// address is another number than its host pointer. Source: CUDA Driver API, "Memory management",
// "Unified addressing".
#include <bit>
#include <cstring>

#include "cuda/emulator/driver/entry.hpp"

namespace assay::emulator {
namespace {

Outcome<void> allocate_host(Driver& driver, const std::shared_ptr<Context>& context, void** out,
                            std::size_t bytes, unsigned flags) {
  ASSAY_TRY(require(out, "pp"));
  if (flags > 7) return refuse(CUDA_ERROR_INVALID_VALUE, "unknown flags {:#x}", flags);
  ASSAY_ASSIGN(const std::uint64_t address,
               driver.allocate(context, bytes, Buffer::Kind::pinned, flags));
  // The host writes without the emulator's knowledge: to kernels all of it counts as written.
  const std::uint8_t zero = 0;
  if (const Status filled = driver.memory->fill(address, bytes, &zero, 1); !filled)
    return refuse_with(CUDA_ERROR_UNKNOWN, filled.error());
  *out = driver.memory->data(address);
  return {};
}

Outcome<std::uint64_t> require_pinned(const Driver& driver, const void* host) {
  if (const auto address = driver.pinned_address(host)) return *address;
  return refuse(CUDA_ERROR_INVALID_VALUE, "{} is not from cuMemHostAlloc", fmt::ptr(host));
}

struct Pointee {
  Buffer buffer;
  std::uint64_t address = 0;  // as the device sees it
  void* host = nullptr;       // null: memory of the device
};

Outcome<Pointee> find_pointee(const Driver& driver, CUdeviceptr pointer) {
  Pointee pointee;
  pointee.address = pointer;
  auto* const host = reinterpret_cast<void*>(pointer);
  if (const auto address = driver.pinned_address(host)) pointee.address = *address;
  const std::optional<Buffer> buffer = driver.find_buffer(pointee.address);
  if (!buffer)
    return refuse(CUDA_ERROR_INVALID_VALUE, "{:#x}: {}", pointer, driver.memory->describe(pointer));
  pointee.buffer = *buffer;
  if (buffer->kind == Buffer::Kind::pinned) pointee.host = driver.memory->data(pointee.address);
  return pointee;
}

// Attributes are addresses, sizes and handles of 8 bytes, or numbers of 4.
std::size_t attribute_bytes(CUpointer_attribute attribute) {
  switch (attribute) {
    case CU_POINTER_ATTRIBUTE_CONTEXT:
    case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
    case CU_POINTER_ATTRIBUTE_HOST_POINTER:
    case CU_POINTER_ATTRIBUTE_BUFFER_ID:
    case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
    case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
    case CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE:
      return 8;
    default:
      return 4;
  }
}

Outcome<std::uint64_t> attribute_value(CUpointer_attribute attribute, const Pointee& pointee) {
  switch (attribute) {
    case CU_POINTER_ATTRIBUTE_CONTEXT: {
      const auto context = pointee.buffer.context.lock();
      return context == nullptr ? 0 : reinterpret_cast<std::uint64_t>(context->handle);
    }
    case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
      return pointee.host ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE;
    case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
      return pointee.address;
    case CU_POINTER_ATTRIBUTE_HOST_POINTER:
      if (pointee.host != nullptr) return reinterpret_cast<std::uint64_t>(pointee.host);
      return refuse(CUDA_ERROR_INVALID_VALUE, "the host cannot reach device memory");
    case CU_POINTER_ATTRIBUTE_BUFFER_ID:
      return pointee.buffer.id;
    case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS:
    case CU_POINTER_ATTRIBUTE_MAPPED:
      return 1;
    case CU_POINTER_ATTRIBUTE_IS_MANAGED:
    case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
    case CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE:
      return 0;
    case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
      return pointee.buffer.address;
    case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
      return pointee.buffer.bytes;
    default:
      return refuse(CUDA_ERROR_NOT_SUPPORTED, "pointer attribute {}",
                    static_cast<unsigned>(attribute));
  }
}

// The low bytes come first on every machine that the emulator runs on.
void store(void* out, CUpointer_attribute attribute, std::uint64_t value) {
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(out, &value, attribute_bytes(attribute));
}

}  // namespace

}  // namespace assay::emulator

using namespace assay::emulator;

ASSAY_CUDA_API CUresult cuMemAllocHost_v2(void** pp, std::size_t bytesize) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    return allocate_host(driver, context, pp, bytesize, CU_MEMHOSTALLOC_DEVICEMAP);
  });
}

ASSAY_CUDA_API CUresult cuMemHostAlloc(void** pp, std::size_t bytesize, unsigned Flags) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    return allocate_host(driver, context, pp, bytesize, Flags);
  });
}

ASSAY_CUDA_API CUresult cuMemFreeHost(void* p) {
  return in_context(__func__, [&](Driver& driver, const auto&) -> Outcome<void> {
    if (p == nullptr) return {};
    ASSAY_ASSIGN(const std::uint64_t address, require_pinned(driver, p));
    return driver.release(address, Buffer::Kind::pinned);
  });
}

ASSAY_CUDA_API CUresult cuMemHostGetFlags(unsigned* pFlags, void* p) {
  return in_context(__func__, [&](Driver& driver, const auto&) -> Outcome<void> {
    ASSAY_TRY(require(pFlags, "pFlags"));
    ASSAY_ASSIGN(const std::uint64_t address, require_pinned(driver, p));
    *pFlags = driver.find_buffer(address)->flags;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* pdptr, void* p, unsigned Flags) {
  return in_context(__func__, [&](Driver& driver, const auto&) -> Outcome<void> {
    ASSAY_TRY(require(pdptr, "pdptr"));
    if (Flags != 0) return refuse(CUDA_ERROR_INVALID_VALUE, "flags must be 0");
    const std::lock_guard lock(driver.registered_mutex);
    const auto next = driver.registered_host.upper_bound(reinterpret_cast<std::uintptr_t>(p));
    if (next != driver.registered_host.begin()) {
      const auto& [start, bytes] = *std::prev(next);
      if (reinterpret_cast<std::uintptr_t>(p) - start < bytes)
        return refuse(CUDA_ERROR_NOT_SUPPORTED,
                      "kernels cannot reach memory from cuMemHostRegister; use cuMemHostAlloc");
    }
    ASSAY_ASSIGN(*pdptr, require_pinned(driver, p));
    return {};
  });
}

// Registration makes copies faster on a device; here it is noted, and misuse found.
ASSAY_CUDA_API CUresult cuMemHostRegister_v2(void* p, std::size_t bytesize, unsigned Flags) {
  return in_context(__func__, [&](Driver& driver, const auto&) -> Outcome<void> {
    ASSAY_TRY(require(p, "p"));
    if (bytesize == 0 || Flags > 15)
      return refuse(CUDA_ERROR_INVALID_VALUE, "{} bytes, flags {:#x}", bytesize, Flags);
    if ((Flags & CU_MEMHOSTREGISTER_IOMEMORY) != 0)
      return refuse(CUDA_ERROR_NOT_SUPPORTED, "memory-mapped input and output");
    const auto start = reinterpret_cast<std::uintptr_t>(p);
    const std::lock_guard lock(driver.registered_mutex);
    const auto after = driver.registered_host.lower_bound(start + bytesize);
    if (after != driver.registered_host.begin()) {
      const auto& [other, bytes] = *std::prev(after);
      if (other + bytes > start)
        return refuse(CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED, "{}", fmt::ptr(p));
    }
    driver.registered_host[start] = bytesize;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuMemHostUnregister(void* p) {
  return in_context(__func__, [&](Driver& driver, const auto&) -> Outcome<void> {
    const std::lock_guard lock(driver.registered_mutex);
    if (driver.registered_host.erase(reinterpret_cast<std::uintptr_t>(p)) == 1) return {};
    return refuse(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, "{}", fmt::ptr(p));
  });
}

ASSAY_CUDA_API CUresult cuPointerGetAttribute(void* data, CUpointer_attribute attribute,
                                              CUdeviceptr ptr) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(data, "data"));
    ASSAY_ASSIGN(const Pointee pointee, find_pointee(driver, ptr));
    ASSAY_ASSIGN(const std::uint64_t value, attribute_value(attribute, pointee));
    store(data, attribute, value);
    return {};
  });
}

// Of memory that is not the driver's all attributes are zero, and that is no error.
ASSAY_CUDA_API CUresult cuPointerGetAttributes(unsigned numAttributes,
                                               CUpointer_attribute* attributes, void** data,
                                               CUdeviceptr ptr) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(attributes, "attributes"));
    ASSAY_TRY(require(data, "data"));
    const auto pointee = find_pointee(driver, ptr);
    for (unsigned i = 0; i < numAttributes; ++i) {
      ASSAY_TRY(require(data[i], "an element of data"));
      const auto value =
          pointee ? attribute_value(attributes[i], *pointee) : Outcome<std::uint64_t>(0);
      store(data[i], attributes[i], value.value_or(0));
    }
    return {};
  });
}
