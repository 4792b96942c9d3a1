// SPDX-License-Identifier: Apache-2.0
// Block scales between row-major order and tiles of 128x4 (docs/layouts.md, section 2), on a GPU.
#pragma once

#include <memory>

#include "cuda/backend/device.hpp"
#include "reference/format/scale_layout.hpp"

namespace assay::cuda {

class ScaleSwizzle {
 public:
  static constexpr const char* kSwizzle = "swizzle_scales_128x4";  // kernels
  static constexpr const char* kUnswizzle = "unswizzle_scales_128x4";

  static CudaResult<ScaleSwizzle> create(std::shared_ptr<const Device> device);

  // `shape` is that of the scales: a row of blocks for each row of values. `linear` is aligned to
  // 4, `swizzled` to 16. Padding becomes zero.
  CudaStatus swizzle(const ScaleShape& shape, CUdeviceptr linear, CUdeviceptr swizzled,
                     CUstream stream) const;
  // Padding is not read.
  CudaStatus unswizzle(const ScaleShape& shape, CUdeviceptr swizzled, CUdeviceptr linear,
                       CUstream stream) const;

 private:
  CudaStatus run(const char* kernel, CUfunction function, const ScaleShape& shape,
                 CUdeviceptr linear, CUdeviceptr swizzled, CUstream stream) const;

  std::shared_ptr<const Device> device_;
  CUfunction swizzle_ = nullptr, unswizzle_ = nullptr;
};

}  // namespace assay::cuda
