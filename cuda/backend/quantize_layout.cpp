// SPDX-License-Identifier: Apache-2.0
#include "cuda/backend/quantize_layout.hpp"

#include "cuda/backend/quantize_checks.hpp"

namespace assay::cuda {
namespace {

constexpr const char* kFamily = "scale_layout";
constexpr std::int64_t kItemBytes = 16;  // of a thread that swizzles

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
  ASSAY_TRY(check_extents(shape.rows, shape.columns, 1));
  const std::int64_t bytes = padded_shape(ScaleLayout::swizzled_128x4, shape).count();
  return run(kSwizzle, swizzle_, bytes / kItemBytes, shape, linear, swizzled, stream);
}

CudaStatus ScaleSwizzle::unswizzle(const ScaleShape& shape, CUdeviceptr swizzled,
                                   CUdeviceptr linear, CUstream stream) const {
  ASSAY_TRY(check_extents(shape.rows, shape.columns, 1));
  const std::int64_t across = padded_shape(ScaleLayout::swizzled_128x4, shape).columns / 4;
  return run(kUnswizzle, unswizzle_, shape.rows * across, shape, linear, swizzled, stream);
}

CudaStatus ScaleSwizzle::run(const char* kernel, CUfunction function, std::int64_t threads,
                             const ScaleShape& shape, CUdeviceptr linear, CUdeviceptr swizzled,
                             CUstream stream) const {
  ASSAY_TRY(check_pointer("linear", linear, 4));
  ASSAY_TRY(check_pointer("swizzled", swizzled, 16));
  ASSAY_ASSIGN(const auto current, CurrentContext::push(*device_));
  const ScaleLayoutCall call{device_pointer<std::uint8_t>(linear),
                             device_pointer<std::uint8_t>(swizzled), shape.rows, shape.columns};
  return launch(*device_, kernel, function,
                {.x = quantize_grid(threads), .threads = kQuantizeThreads}, stream, call);
}

}  // namespace assay::cuda
