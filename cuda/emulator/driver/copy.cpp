// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/driver/copy.hpp"

#include <cstring>

namespace assay::emulator {
namespace {

bool is_device(const Driver& driver, CUdeviceptr address) {
  return driver.memory->in_range(address, 1);
}

void* host_pointer(CUdeviceptr address) {
  return reinterpret_cast<void*>(address);
}

Outcome<void> done(const Status& status) {
  if (status) return {};
  return refuse_with(CUDA_ERROR_INVALID_VALUE, status.error());
}

struct Endpoint {
  CUmemorytype type;
  const void* host;
  CUdeviceptr device;
  std::size_t x, y, z, pitch, height;
};

Outcome<Side> side_of(const Endpoint& end, std::size_t width, std::size_t height) {
  Side side;
  switch (end.type) {
    case CU_MEMORYTYPE_HOST:
      side.base = reinterpret_cast<CUdeviceptr>(end.host);
      break;
    case CU_MEMORYTYPE_DEVICE:
    case CU_MEMORYTYPE_UNIFIED:
      side.base = end.device;
      break;
    case CU_MEMORYTYPE_ARRAY:
      return refuse(CUDA_ERROR_NOT_SUPPORTED, "copies of arrays");
    default:
      return refuse(CUDA_ERROR_INVALID_VALUE, "memory type {}", static_cast<unsigned>(end.type));
  }
  side.pitch = end.pitch == 0 ? width + end.x : end.pitch;  // 0: rows without gaps
  if (side.pitch < width + end.x)
    return refuse(CUDA_ERROR_INVALID_VALUE, "a pitch of {} bytes for rows of {} + {}", end.pitch,
                  end.x, width);
  side.slice = side.pitch * (end.height == 0 ? height + end.y : end.height);
  side.base += end.x + end.y * side.pitch + end.z * side.slice;
  return side;
}

}  // namespace

Outcome<void> check_device_range(const Driver& driver, CUdeviceptr address, std::size_t bytes) {
  if (driver.memory->contains(address, bytes)) return {};
  return refuse(CUDA_ERROR_INVALID_VALUE, "{} bytes at {:#x}: {}", bytes, address,
                driver.memory->describe(address));
}

Outcome<void> copy_bytes(Driver& driver, CUdeviceptr dst, CUdeviceptr src, std::size_t bytes) {
  if (bytes == 0) return {};
  ASSAY_TRY(require(host_pointer(dst), "the destination"));
  ASSAY_TRY(require(host_pointer(src), "the source"));
  GlobalMemory& memory = *driver.memory;
  if (is_device(driver, dst))
    return done(is_device(driver, src) ? memory.copy(dst, src, bytes)
                                       : memory.write(dst, host_pointer(src), bytes));
  if (is_device(driver, src)) return done(memory.read(src, host_pointer(dst), bytes));
  std::memmove(host_pointer(dst), host_pointer(src), bytes);
  return {};
}

Outcome<BoxCopy> box_of(const CUDA_MEMCPY3D* p) {
  ASSAY_TRY(require(p, "pCopy"));
  BoxCopy box;
  box.width = p->WidthInBytes;
  box.height = p->Height;
  box.depth = p->Depth;
  ASSAY_ASSIGN(box.dst, side_of({p->dstMemoryType, p->dstHost, p->dstDevice, p->dstXInBytes,
                                 p->dstY, p->dstZ, p->dstPitch, p->dstHeight},
                                box.width, box.height));
  ASSAY_ASSIGN(box.src, side_of({p->srcMemoryType, p->srcHost, p->srcDevice, p->srcXInBytes,
                                 p->srcY, p->srcZ, p->srcPitch, p->srcHeight},
                                box.width, box.height));
  return box;
}

Outcome<BoxCopy> box_of(const CUDA_MEMCPY2D* p) {
  ASSAY_TRY(require(p, "pCopy"));
  BoxCopy box;
  box.width = p->WidthInBytes;
  box.height = p->Height;
  box.depth = 1;
  ASSAY_ASSIGN(box.dst, side_of({p->dstMemoryType, p->dstHost, p->dstDevice, p->dstXInBytes,
                                 p->dstY, 0, p->dstPitch, 0},
                                box.width, box.height));
  ASSAY_ASSIGN(box.src, side_of({p->srcMemoryType, p->srcHost, p->srcDevice, p->srcXInBytes,
                                 p->srcY, 0, p->srcPitch, 0},
                                box.width, box.height));
  return box;
}

Outcome<void> copy_box(Driver& driver, const BoxCopy& box) {
  for (std::size_t z = 0; z < box.depth; ++z)
    for (std::size_t y = 0; y < box.height; ++y)
      ASSAY_TRY(copy_bytes(driver, box.dst.base + z * box.dst.slice + y * box.dst.pitch,
                           box.src.base + z * box.src.slice + y * box.src.pitch, box.width));
  return {};
}

}  // namespace assay::emulator
