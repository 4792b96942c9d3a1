// SPDX-License-Identifier: Apache-2.0
// Limit lanes of the benchmark: nothing but global memory. `words` 16-byte words are read, or read
// and written, neighbours by neighbouring threads, four loads under way in each. A read's words go
// into a sum that each warp stores once, so that no compiler may leave them out.
#include <cstddef>

namespace {

constexpr int kUnrolled = 4;

__device__ uint4 combine(uint4 a, uint4 b) {
  return {a.x ^ b.x, a.y ^ b.y, a.z ^ b.z, a.w ^ b.w};
}

}  // namespace

extern "C" __global__ void __launch_bounds__(256)
    stream_read(const uint4* from, std::size_t words, unsigned* sums) {
  const std::size_t stride = static_cast<std::size_t>(gridDim.x) * blockDim.x;
  std::size_t at = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  uint4 sum = {0, 0, 0, 0};
  for (; at + (kUnrolled - 1) * stride < words; at += kUnrolled * stride) {
    uint4 values[kUnrolled];
#pragma unroll
    for (int i = 0; i < kUnrolled; ++i)
      values[i] = __ldcs(from + at + i * stride);
#pragma unroll
    for (int i = 0; i < kUnrolled; ++i)
      sum = combine(sum, values[i]);
  }
  for (; at < words; at += stride)
    sum = combine(sum, __ldcs(from + at));
  const unsigned total = __reduce_xor_sync(0xFFFFFFFFu, sum.x ^ sum.y ^ sum.z ^ sum.w);
  if (threadIdx.x % 32 == 0) sums[(blockIdx.x * blockDim.x + threadIdx.x) / 32] = total;
}

extern "C" __global__ void __launch_bounds__(256)
    stream_copy(const uint4* from, std::size_t words, uint4* to) {
  const std::size_t stride = static_cast<std::size_t>(gridDim.x) * blockDim.x;
  std::size_t at = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  for (; at + (kUnrolled - 1) * stride < words; at += kUnrolled * stride) {
    uint4 values[kUnrolled];
#pragma unroll
    for (int i = 0; i < kUnrolled; ++i)
      values[i] = __ldcs(from + at + i * stride);
#pragma unroll
    for (int i = 0; i < kUnrolled; ++i)
      __stcs(to + at + i * stride, values[i]);
  }
  for (; at < words; at += stride)
    __stcs(to + at, __ldcs(from + at));
}
