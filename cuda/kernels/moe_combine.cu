// SPDX-License-Identifier: Apache-2.0
// Stage output (docs/numerics.md, section 6, step 7): a chain of fused multiply-adds in slot order
// from +0. One thread four columns, one block column (x) a token. A token with an expert id outside
// [0, E) becomes NaN: nothing computed it, and a kernel has no other way to say so.
#include "cuda/kernels/moe_parameters.hpp"

using assay::cuda::MoeCombine;

extern "C" __global__ void moe_combine(const __grid_constant__ MoeCombine call) {
  const int h = (blockIdx.y * blockDim.x + threadIdx.x) * 4;
  if (h >= call.hidden_size) return;
  const std::size_t token = blockIdx.x;
  float4 acc = {0.0f, 0.0f, 0.0f, 0.0f};
  for (int j = 0; j < call.top_k; ++j) {
    const std::size_t slot = token * call.top_k + j;
    const float score = call.scores[slot];
    const bool is_known =
        static_cast<unsigned>(call.experts[slot]) < static_cast<unsigned>(call.num_experts);
    const float nan = __int_as_float(0x7FC00000);
    const float4 down =
        is_known ? *reinterpret_cast<const float4*>(call.down + slot * call.hidden_size + h)
                 : float4{nan, nan, nan, nan};
    acc.x = __fmaf_rn(score, down.x, acc.x);
    acc.y = __fmaf_rn(score, down.y, acc.y);
    acc.z = __fmaf_rn(score, down.z, acc.z);
    acc.w = __fmaf_rn(score, down.w, acc.w);
  }
  *reinterpret_cast<float4*>(call.out + token * call.hidden_size + h) = acc;
}
