// SPDX-License-Identifier: Apache-2.0
// cuMemcpy*: the synchronous forms are the asynchronous ones in the default stream, since a copy is
// done when it is enqueued. Source: CUDA Driver API, "Memory management".
#include "cuda/emulator/driver/copy.hpp"
#include "cuda/emulator/driver/entry.hpp"
#include "cuda/emulator/driver/stream.hpp"

namespace assay::emulator {
namespace {

enum class Place { any, host, device };

CUdeviceptr address_of(const void* host) {
  return reinterpret_cast<CUdeviceptr>(host);
}

Outcome<void> check_place(const Driver& driver, CUdeviceptr address, Place place,
                          std::size_t bytes) {
  if (place != Place::device || bytes == 0) return {};
  return check_device_range(driver, address, bytes);
}

struct LinearCopy {
  CUdeviceptr dst, src;
  std::size_t bytes;
  Place dst_place = Place::any, src_place = Place::any;
};

CUresult copy(const char* function, CUstream stream, const LinearCopy& linear) noexcept {
  return in_context(function, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_TRY(check_place(driver, linear.dst, linear.dst_place, linear.bytes));
    ASSAY_TRY(check_place(driver, linear.src, linear.src_place, linear.bytes));
    return enqueue(driver, context, stream,
                   {Operation::Kind::copy, [&driver, linear](Context& own) {
                      own.clock_ns += linear.bytes;
                      return copy_bytes(driver, linear.dst, linear.src, linear.bytes);
                    }});
  });
}

template <typename Parameters>
CUresult copy_rows(const char* function, CUstream stream, const Parameters* parameters) noexcept {
  return in_context(function, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_ASSIGN(const BoxCopy box, box_of(parameters));
    return enqueue(driver, context, stream, {Operation::Kind::copy, [&driver, box](Context& own) {
                                               own.clock_ns += box.width * box.height * box.depth;
                                               return copy_box(driver, box);
                                             }});
  });
}

}  // namespace

}  // namespace assay::emulator

using namespace assay::emulator;

ASSAY_CUDA_API CUresult cuMemcpy(CUdeviceptr dst, CUdeviceptr src, std::size_t ByteCount) {
  return copy(__func__, nullptr, {dst, src, ByteCount});
}
ASSAY_CUDA_ALIAS(cuMemcpy_ptds, cuMemcpy);

ASSAY_CUDA_API CUresult cuMemcpyAsync(CUdeviceptr dst, CUdeviceptr src, std::size_t ByteCount,
                                      CUstream hStream) {
  return copy(__func__, hStream, {dst, src, ByteCount});
}
ASSAY_CUDA_ALIAS(cuMemcpyAsync_ptsz, cuMemcpyAsync);

ASSAY_CUDA_API CUresult cuMemcpyHtoD_v2(CUdeviceptr dstDevice, const void* srcHost,
                                        std::size_t ByteCount) {
  return copy(__func__, nullptr,
              {dstDevice, address_of(srcHost), ByteCount, Place::device, Place::host});
}
ASSAY_CUDA_ALIAS(cuMemcpyHtoD_v2_ptds, cuMemcpyHtoD_v2);

ASSAY_CUDA_API CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr dstDevice, const void* srcHost,
                                             std::size_t ByteCount, CUstream hStream) {
  return copy(__func__, hStream,
              {dstDevice, address_of(srcHost), ByteCount, Place::device, Place::host});
}
ASSAY_CUDA_ALIAS(cuMemcpyHtoDAsync_v2_ptsz, cuMemcpyHtoDAsync_v2);

ASSAY_CUDA_API CUresult cuMemcpyDtoH_v2(void* dstHost, CUdeviceptr srcDevice,
                                        std::size_t ByteCount) {
  return copy(__func__, nullptr,
              {address_of(dstHost), srcDevice, ByteCount, Place::host, Place::device});
}
ASSAY_CUDA_ALIAS(cuMemcpyDtoH_v2_ptds, cuMemcpyDtoH_v2);

ASSAY_CUDA_API CUresult cuMemcpyDtoHAsync_v2(void* dstHost, CUdeviceptr srcDevice,
                                             std::size_t ByteCount, CUstream hStream) {
  return copy(__func__, hStream,
              {address_of(dstHost), srcDevice, ByteCount, Place::host, Place::device});
}
ASSAY_CUDA_ALIAS(cuMemcpyDtoHAsync_v2_ptsz, cuMemcpyDtoHAsync_v2);

ASSAY_CUDA_API CUresult cuMemcpyDtoD_v2(CUdeviceptr dstDevice, CUdeviceptr srcDevice,
                                        std::size_t ByteCount) {
  return copy(__func__, nullptr, {dstDevice, srcDevice, ByteCount, Place::device, Place::device});
}
ASSAY_CUDA_ALIAS(cuMemcpyDtoD_v2_ptds, cuMemcpyDtoD_v2);

ASSAY_CUDA_API CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr dstDevice, CUdeviceptr srcDevice,
                                             std::size_t ByteCount, CUstream hStream) {
  return copy(__func__, hStream, {dstDevice, srcDevice, ByteCount, Place::device, Place::device});
}
ASSAY_CUDA_ALIAS(cuMemcpyDtoDAsync_v2_ptsz, cuMemcpyDtoDAsync_v2);

ASSAY_CUDA_API CUresult cuMemcpy2D_v2(const CUDA_MEMCPY2D* pCopy) {
  return copy_rows(__func__, nullptr, pCopy);
}
ASSAY_CUDA_ALIAS(cuMemcpy2D_v2_ptds, cuMemcpy2D_v2);

ASSAY_CUDA_API CUresult cuMemcpy2DUnaligned_v2(const CUDA_MEMCPY2D* pCopy) {
  return copy_rows(__func__, nullptr, pCopy);
}
ASSAY_CUDA_ALIAS(cuMemcpy2DUnaligned_v2_ptds, cuMemcpy2DUnaligned_v2);

ASSAY_CUDA_API CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* pCopy, CUstream hStream) {
  return copy_rows(__func__, hStream, pCopy);
}
ASSAY_CUDA_ALIAS(cuMemcpy2DAsync_v2_ptsz, cuMemcpy2DAsync_v2);

ASSAY_CUDA_API CUresult cuMemcpy3D_v2(const CUDA_MEMCPY3D* pCopy) {
  return copy_rows(__func__, nullptr, pCopy);
}
ASSAY_CUDA_ALIAS(cuMemcpy3D_v2_ptds, cuMemcpy3D_v2);

ASSAY_CUDA_API CUresult cuMemcpy3DAsync_v2(const CUDA_MEMCPY3D* pCopy, CUstream hStream) {
  return copy_rows(__func__, hStream, pCopy);
}
ASSAY_CUDA_ALIAS(cuMemcpy3DAsync_v2_ptsz, cuMemcpy3DAsync_v2);
