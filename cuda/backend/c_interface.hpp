// SPDX-License-Identifier: Apache-2.0
// What every function of the C interface does: no exception leaves it, and errors become a status
// and a message of the calling thread.
#pragma once

#include <exception>
#include <memory>
#include <new>
#include <string_view>

#include "cuda/backend/assay_cuda.h"
#include "cuda/backend/device.hpp"

struct AssayCudaDevice {
  std::shared_ptr<const assay::cuda::Device> device;
};

namespace assay::cuda {

// Keeps the message for assay_cuda_last_error().
AssayCudaStatus report(AssayCudaStatus status, std::string_view message) noexcept;

// `body` returns a CudaStatus.
template <typename Body>
AssayCudaStatus guarded(Body body) noexcept {
  try {
    const CudaStatus status = body();
    if (status) return report(ASSAY_CUDA_SUCCESS, "");
    return report(static_cast<AssayCudaStatus>(status.error().code), status.error().message);
  } catch (const std::bad_alloc&) {
    return report(ASSAY_CUDA_OUT_OF_MEMORY, "the host has no memory left");
  } catch (const std::exception& exception) {
    return report(ASSAY_CUDA_INTERNAL, exception.what());
  } catch (...) {
    return report(ASSAY_CUDA_INTERNAL, "an exception of unknown type");
  }
}

inline CudaStatus require(const void* pointer, const char* name) {
  if (pointer != nullptr) return {};
  return cuda_fail(CudaErrorCode::invalid_argument, "{}: is null", name);
}

template <typename Struct>
CudaStatus require_struct(const Struct* given, const char* name) {
  ASSAY_TRY(require(given, name));
  if (given->struct_size == sizeof(Struct)) return {};
  return cuda_fail(CudaErrorCode::invalid_argument, "{}: struct_size is {}, set it to sizeof, {}",
                   name, given->struct_size, sizeof(Struct));
}

inline CUdeviceptr address_of(const void* device_pointer) {
  return reinterpret_cast<CUdeviceptr>(device_pointer);
}

}  // namespace assay::cuda
