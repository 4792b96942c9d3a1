// SPDX-License-Identifier: Apache-2.0
// cuMemset*: rows of equal elements of 1, 2 or 4 bytes. Source: CUDA Driver API, "Memory
// management".
#include <cstring>

#include "cuda/emulator/driver/copy.hpp"
#include "cuda/emulator/driver/entry.hpp"
#include "cuda/emulator/driver/stream.hpp"

namespace assay::emulator {
namespace {

struct Fill {
  CUdeviceptr dst = 0;
  std::size_t pitch = 0;  // bytes from row to row
  std::size_t width = 0;  // elements
  std::size_t height = 1;
};

template <typename Element>
Outcome<void> fill_rows(Driver& driver, const Fill& fill, Element value) {
  const std::size_t bytes = fill.width * sizeof(Element);
  if (bytes == 0) return {};
  for (std::size_t row = 0; row < fill.height; ++row) {
    const CUdeviceptr address = fill.dst + row * fill.pitch;
    ASSAY_TRY(check_device_range(driver, address, bytes));
    if (const Status status = driver.memory->fill(address, bytes, &value, sizeof value); !status)
      return refuse_with(CUDA_ERROR_INVALID_VALUE, status.error());
  }
  return {};
}

template <typename Element>
CUresult set(const char* function, CUstream stream, const Fill& fill, Element value) noexcept {
  return in_context(function, [&](Driver& driver, const auto& context) -> Outcome<void> {
    if (fill.dst % sizeof(Element) != 0)
      return refuse(CUDA_ERROR_INVALID_VALUE, "{:#x} is not aligned to {} bytes", fill.dst,
                    sizeof(Element));
    if (fill.height > 1 && fill.pitch < fill.width * sizeof(Element))
      return refuse(CUDA_ERROR_INVALID_VALUE, "a pitch of {} bytes for rows of {}", fill.pitch,
                    fill.width * sizeof(Element));
    return enqueue(driver, context, stream,
                   {Operation::Kind::set,
                    [&driver, fill, value](Context&) { return fill_rows(driver, fill, value); }});
  });
}

}  // namespace

}  // namespace assay::emulator

using namespace assay::emulator;

// The forms for one element size: of a range and of rows, in the default stream and in a stream.
#define ASSAY_MEMSET(bits, Element)                                                               \
  ASSAY_CUDA_API CUresult cuMemsetD##bits##_v2(CUdeviceptr dst, Element value, std::size_t n) {   \
    return set<Element>(__func__, nullptr, {dst, 0, n, 1}, value);                                \
  }                                                                                               \
  ASSAY_CUDA_ALIAS(cuMemsetD##bits##_v2_ptds, cuMemsetD##bits##_v2);                              \
  ASSAY_CUDA_API CUresult cuMemsetD##bits##Async(CUdeviceptr dst, Element value, std::size_t n,   \
                                                 CUstream stream) {                               \
    return set<Element>(__func__, stream, {dst, 0, n, 1}, value);                                 \
  }                                                                                               \
  ASSAY_CUDA_ALIAS(cuMemsetD##bits##Async_ptsz, cuMemsetD##bits##Async);                          \
  ASSAY_CUDA_API CUresult cuMemsetD2D##bits##_v2(                                                 \
      CUdeviceptr dst, std::size_t pitch, Element value, std::size_t width, std::size_t height) { \
    return set<Element>(__func__, nullptr, {dst, pitch, width, height}, value);                   \
  }                                                                                               \
  ASSAY_CUDA_ALIAS(cuMemsetD2D##bits##_v2_ptds, cuMemsetD2D##bits##_v2);                          \
  ASSAY_CUDA_API CUresult cuMemsetD2D##bits##Async(CUdeviceptr dst, std::size_t pitch,            \
                                                   Element value, std::size_t width,              \
                                                   std::size_t height, CUstream stream) {         \
    return set<Element>(__func__, stream, {dst, pitch, width, height}, value);                    \
  }                                                                                               \
  ASSAY_CUDA_ALIAS(cuMemsetD2D##bits##Async_ptsz, cuMemsetD2D##bits##Async)

ASSAY_MEMSET(8, unsigned char);
ASSAY_MEMSET(16, unsigned short);
ASSAY_MEMSET(32, unsigned int);
