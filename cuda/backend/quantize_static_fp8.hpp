// SPDX-License-Identifier: Apache-2.0
// E4M3 with one scale for all values, on a GPU (docs/quantization.md, section 1).
#pragma once

#include <memory>

#include "cuda/backend/device.hpp"

namespace assay::cuda {

class StaticFp8 {
 public:
  static CudaResult<StaticFp8> create(std::shared_ptr<const Device> device);

  // codes[i] = E4M3(fl(values[i] / scale)); NaN gives 0x7F. The scale is finite and greater than 0;
  // both pointers are aligned to 16.
  CudaStatus quantize(CUdeviceptr values, std::int64_t count, float scale, CUdeviceptr codes,
                      CUstream stream) const;
  // values[i] = fl(e4m3 * scale).
  CudaStatus dequantize(CUdeviceptr codes, std::int64_t count, float scale, CUdeviceptr values,
                        CUstream stream) const;

 private:
  CudaStatus run(const char* kernel, CUfunction function, CUdeviceptr values, std::int64_t count,
                 float scale, CUdeviceptr codes, CUstream stream) const;

  std::shared_ptr<const Device> device_;
  CUfunction quantize_ = nullptr, dequantize_ = nullptr;
};

}  // namespace assay::cuda
