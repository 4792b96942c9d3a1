// SPDX-License-Identifier: Apache-2.0
// The largest magnitude of a tensor. Magnitudes of binary32 order as their bits do, Inf and then
// NaN above all others, so integer maxima give one result in any order.
#include "cuda/kernels/quantize_magnitude.cuh"
#include "cuda/kernels/quantize_parameters.hpp"

using assay::cuda::AmaxCall;
using assay::cuda::kNoneInvalid;
using assay::cuda::kQuantizeThreads;
using assay::cuda::QuantizeStatus;

// Before anything else of a call: one thread.
extern "C" __global__ void quantize_begin(QuantizeStatus* status) {
  *status = {kNoneInvalid, 0, 0};
}

// A grid of any size; status->amax_bits becomes the maximum of itself and of the values.
extern "C" __global__ void __launch_bounds__(kQuantizeThreads)
    amax(const __grid_constant__ AmaxCall call) {
  __shared__ std::uint32_t warps[kQuantizeThreads / 32];
  const std::int64_t thread =
      static_cast<std::int64_t>(blockIdx.x) * kQuantizeThreads + threadIdx.x;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kQuantizeThreads;
  const auto* const quads = reinterpret_cast<const float4*>(call.values);
  const std::int64_t count = call.count / 4;
  std::uint32_t bits = 0;
  std::int64_t i = thread;
#pragma unroll 1                                   // else the count of iterations takes a division
  for (; i + 3 * stride < count; i += 4 * stride)  // four loads under way
    bits = max(
        bits, max(max(max_magnitude(quads[i]), max_magnitude(quads[i + stride])),
                  max(max_magnitude(quads[i + 2 * stride]), max_magnitude(quads[i + 3 * stride]))));
#pragma unroll 1
  for (; i < count; i += stride)
    bits = max(bits, max_magnitude(quads[i]));
  if (thread < call.count % 4) bits = max(bits, magnitude(call.values[call.count - 1 - thread]));
  bits = __reduce_max_sync(0xFFFFFFFFu, bits);
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = bits;
  __syncthreads();
  if (threadIdx.x >= 32) return;
  bits = threadIdx.x < kQuantizeThreads / 32 ? warps[threadIdx.x] : 0;
  bits = __reduce_max_sync(0xFFFFFFFFu, bits);
  if (threadIdx.x == 0) atomicMax(&call.status->amax_bits, bits);
}
