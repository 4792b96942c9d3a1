// SPDX-License-Identifier: Apache-2.0
#include "cuda/backend/quantize_static_fp8.hpp"

#include "cuda/backend/device_pointer.hpp"
#include "cuda/backend/quantize_checks.hpp"

namespace assay::cuda {
namespace {

constexpr const char* kQuantize = "quantize_static_fp8";
constexpr const char* kDequantize = "dequantize_static_fp8";

}  // namespace

CudaResult<StaticFp8> StaticFp8::create(std::shared_ptr<const Device> device) {
  StaticFp8 result;
  ASSAY_ASSIGN(result.quantize_, device->kernel("quantize_static_fp8", kQuantize));
  ASSAY_ASSIGN(result.dequantize_, device->kernel("quantize_static_fp8", kDequantize));
  result.device_ = std::move(device);
  return result;
}

CudaStatus StaticFp8::quantize(CUdeviceptr values, std::int64_t count, float scale,
                               CUdeviceptr codes, CUstream stream) const {
  return run(kQuantize, quantize_, values, count, scale, codes, stream);
}

CudaStatus StaticFp8::dequantize(CUdeviceptr codes, std::int64_t count, float scale,
                                 CUdeviceptr values, CUstream stream) const {
  return run(kDequantize, dequantize_, values, count, scale, codes, stream);
}

CudaStatus StaticFp8::run(const char* kernel, CUfunction function, CUdeviceptr values,
                          std::int64_t count, float scale, CUdeviceptr codes,
                          CUstream stream) const {
  ASSAY_TRY(check_count("count", count));
  ASSAY_TRY(check_scale("scale", scale));
  ASSAY_TRY(check_pointer("values", values, 16));
  ASSAY_TRY(check_pointer("codes", codes, 16));
  ASSAY_ASSIGN(const auto current, CurrentContext::push(*device_));
  const StaticFp8Call call{pointer<float>(values), pointer<std::uint8_t>(codes), count, scale};
  // A thread for four values, and one for the rest.
  return launch(*device_, kernel, function,
                {.x = quantize_grid(count / 4 + 1), .threads = kQuantizeThreads}, stream, call);
}

}  // namespace assay::cuda
