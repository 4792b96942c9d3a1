// SPDX-License-Identifier: Apache-2.0
// One sum and one maximum a block, by shuffles within warps and shared memory between them.
template <typename T, typename Combine>
__device__ T reduce_block(T value, T neutral, Combine combine) {
  __shared__ T of_warp[32];
  for (int offset = 16; offset > 0; offset /= 2)
    value = combine(value, __shfl_down_sync(0xFFFFFFFFu, value, offset));
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = value;
  __syncthreads();
  value = threadIdx.x < blockDim.x / 32 ? of_warp[threadIdx.x] : neutral;
  if (threadIdx.x < 32)
    for (int offset = 16; offset > 0; offset /= 2)
      value = combine(value, __shfl_xor_sync(0xFFFFFFFFu, value, offset));
  __syncthreads();
  return value;
}

extern "C" __global__ void reduce_shuffle(const int* in, int count, int* sums,
                                          unsigned long long* squares, float* maxima) {
  int sum = 0;
  unsigned long long square = 0;
  float maximum = -1e30f;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x) {
    sum += in[i];
    square += static_cast<unsigned long long>(static_cast<long long>(in[i]) * in[i]);
    maximum = fmaxf(maximum, static_cast<float>(in[i]));
  }
  sum = reduce_block(sum, 0, [](int a, int b) { return a + b; });
  square =
      reduce_block(square, 0ull, [](unsigned long long a, unsigned long long b) { return a + b; });
  maximum = reduce_block(maximum, -1e30f, [](float a, float b) { return fmaxf(a, b); });
  if (threadIdx.x != 0) return;
  sums[blockIdx.x] = sum;
  squares[blockIdx.x] = square;
  maxima[blockIdx.x] = maximum;
}
