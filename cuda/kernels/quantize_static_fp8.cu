// SPDX-License-Identifier: Apache-2.0
// TensorRT's Quantize and Dequantize to and from E4M3 with one scale for the tensor
// (docs/quantization.md, section 1): a true division, rounded to nearest even, saturating to 448;
// NaN gives 0x7F, -0 keeps its sign. Four values a thread.
#include "cuda/kernels/quantize_codes.cuh"
#include "cuda/kernels/quantize_parameters.hpp"

using assay::cuda::kQuantizeThreads;
using assay::cuda::StaticFp8Call;

namespace {

__device__ std::int64_t thread_index() {
  return static_cast<std::int64_t>(blockIdx.x) * kQuantizeThreads + threadIdx.x;
}

}  // namespace

extern "C" __global__ void __launch_bounds__(kQuantizeThreads)
    quantize_static_fp8(const __grid_constant__ StaticFp8Call call) {
  const std::int64_t quad = thread_index();
  if (quad < call.count / 4) {
    const float4 x = reinterpret_cast<const float4*>(call.values)[quad];
    reinterpret_cast<std::uint32_t*>(call.codes)[quad] =
        E4m3Codes::encode({__fdiv_rn(x.x, call.scale), __fdiv_rn(x.y, call.scale),
                           __fdiv_rn(x.z, call.scale), __fdiv_rn(x.w, call.scale)});
  } else if (quad == call.count / 4) {
    for (std::int64_t i = quad * 4; i < call.count; ++i)
      call.codes[i] = static_cast<std::uint8_t>(quantize_e4m3(call.values[i], call.scale));
  }
}

extern "C" __global__ void __launch_bounds__(kQuantizeThreads)
    dequantize_static_fp8(const __grid_constant__ StaticFp8Call call) {
  const std::int64_t quad = thread_index();
  if (quad < call.count / 4) {
    const float4 q = E4m3Codes::decode(reinterpret_cast<const std::uint32_t*>(call.codes)[quad]);
    reinterpret_cast<float4*>(call.values)[quad] = {
        __fmul_rn(q.x, call.scale), __fmul_rn(q.y, call.scale), __fmul_rn(q.z, call.scale),
        __fmul_rn(q.w, call.scale)};
  } else if (quad == call.count / 4) {
    for (std::int64_t i = quad * 4; i < call.count; ++i)
      call.values[i] = __fmul_rn(e4m3_value(call.codes[i]), call.scale);
  }
}
