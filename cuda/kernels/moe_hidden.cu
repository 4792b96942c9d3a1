// SPDX-License-Identifier: Apache-2.0
// Stage hidden_q (docs/numerics.md, section 6, step 1): hidden states to E4M3 by a true division,
// or codes as they are, into lane order. One thread four columns, one block column (x) a token.
#include "cuda/kernels/convert.cuh"
#include "cuda/kernels/lane_order.hpp"
#include "cuda/kernels/moe_parameters.hpp"

using assay::cuda::MoeHidden;

extern "C" __global__ void moe_quantize_hidden(const __grid_constant__ MoeHidden call) {
  const int padded = assay::cuda::steps_of(call.hidden_size) * assay::cuda::kStepColumns;
  const int k = (blockIdx.y * blockDim.x + threadIdx.x) * 4;
  if (k >= padded) return;
  const std::size_t row = blockIdx.x;
  std::uint32_t codes = 0;
  if (k < call.hidden_size) {
    const std::size_t at = row * call.hidden_size + k;
    if (call.codes != nullptr) {
      codes = *reinterpret_cast<const std::uint32_t*>(call.codes + at);
    } else {
      const float4 values = *reinterpret_cast<const float4*>(call.values + at);
      codes = quantize_e4m3(values.x, call.scale) | quantize_e4m3(values.y, call.scale) << 8 |
              quantize_e4m3(values.z, call.scale) << 16 | quantize_e4m3(values.w, call.scale) << 24;
    }
  }
  *reinterpret_cast<std::uint32_t*>(call.out + row * padded + assay::cuda::lane_order(k)) = codes;
}
