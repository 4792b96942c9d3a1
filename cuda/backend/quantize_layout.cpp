// SPDX-License-Identifier: Apache-2.0
#include "cuda/backend/quantize_layout.hpp"

#include "cuda/backend/device_pointer.hpp"
#include "cuda/backend/quantize_checks.hpp"

namespace assay::cuda {
namespace {

constexpr const char* kFamily = "scale_layout";
constexpr ScaleLayout kLayout = ScaleLayout::swizzled_128x4;
constexpr std::int64_t kThreadBytes = 16;  // of the tiles

}  // namespace

CudaResult<ScaleSwizzle> ScaleSwizzle::create(std::shared_ptr<const Device> device) {
  ScaleSwizzle result;
  ASSAY_ASSIGN(result.swizzle_, device->kernel(kFamily, kSwizzle));
  ASSAY_ASSIGN(result.unswizzle_, device->kernel(kFamily, kUnswizzle));
  result.device_ = std::move(device);
  return result;
}

CudaStatus ScaleSwizzle::swizzle(const ScaleShape& shape, CUdeviceptr linear, CUdeviceptr swizzled,
                                 CUstream stream) const {
  return run(kSwizzle, swizzle_, shape, linear, swizzled, stream);
}

CudaStatus ScaleSwizzle::unswizzle(const ScaleShape& shape, CUdeviceptr swizzled,
                                   CUdeviceptr linear, CUstream stream) const {
  return run(kUnswizzle, unswizzle_, shape, linear, swizzled, stream);
}

CudaStatus ScaleSwizzle::run(const char* kernel, CUfunction function, const ScaleShape& shape,
                             CUdeviceptr linear, CUdeviceptr swizzled, CUstream stream) const {
  ASSAY_TRY(check_extents(shape.rows, shape.columns, 1));
  ASSAY_TRY(check_pointer("linear", linear, 4));
  ASSAY_TRY(check_pointer("swizzled", swizzled, 16));
  ASSAY_ASSIGN(const auto current, CurrentContext::push(*device_));
  const ScaleLayoutCall call{pointer<std::uint8_t>(linear), pointer<std::uint8_t>(swizzled),
                             shape.rows, shape.columns};
  const std::int64_t threads = padded_shape(kLayout, shape).count() / kThreadBytes;
  return launch(*device_, kernel, function,
                {.x = quantize_grid(threads), .threads = kQuantizeThreads}, stream, call);
}

}  // namespace assay::cuda
