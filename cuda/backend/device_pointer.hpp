// SPDX-License-Identifier: Apache-2.0
// Device addresses as the driver API has them, and as kernels' parameters do.
#pragma once

#include <cstddef>

#include <cuda.h>

#include "cuda/backend/error.hpp"

namespace assay::cuda {

template <typename T>
T* pointer(CUdeviceptr address) {
  return reinterpret_cast<T*>(address);
}

// Error (invalid_argument): null, or no multiple of `alignment`; the message starts with `name`.
inline CudaStatus check_pointer(const char* name, CUdeviceptr address, std::size_t alignment) {
  if (address == 0) return cuda_fail(CudaErrorCode::invalid_argument, "{}: is null", name);
  if (address % alignment == 0) return {};
  return cuda_fail(CudaErrorCode::invalid_argument, "{}: address 0x{:X} is not a multiple of {}",
                   name, address, alignment);
}

}  // namespace assay::cuda
