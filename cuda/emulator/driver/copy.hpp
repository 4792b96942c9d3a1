// SPDX-License-Identifier: Apache-2.0
// Copies between host and device, one to three dimensions. Which side an address is on is seen from
// its value: device addresses lie where no process maps memory. Source: CUDA Driver API, "Memory
// management" (CUDA_MEMCPY3D).
#pragma once

#include <cstddef>

#include "cuda/emulator/driver/driver.hpp"

namespace assay::emulator {

// Bytes of host or device memory. Error: CUDA_ERROR_INVALID_VALUE where a device range is not in
// one live allocation, or the host pointer is null.
Outcome<void> copy_bytes(Driver& driver, CUdeviceptr dst, CUdeviceptr src, std::size_t bytes);

// One side of a copy of rows: `base` and the strides in bytes.
struct Side {
  CUdeviceptr base = 0;
  std::size_t pitch = 0, slice = 0;  // from row to row, from plane to plane
};

struct BoxCopy {
  Side dst, src;
  std::size_t width = 0, height = 0, depth = 0;  // bytes, rows, planes
};

// Errors: CUDA_ERROR_INVALID_VALUE (a pitch smaller than a row), _NOT_SUPPORTED (arrays).
Outcome<BoxCopy> box_of(const CUDA_MEMCPY3D* parameters);
Outcome<BoxCopy> box_of(const CUDA_MEMCPY2D* parameters);
Outcome<void> copy_box(Driver& driver, const BoxCopy& box);

// Whether a range of device memory is wholly in one live allocation.
Outcome<void> check_device_range(const Driver& driver, CUdeviceptr address, std::size_t bytes);

}  // namespace assay::emulator
