// SPDX-License-Identifier: Apache-2.0
// A sum in one launch: every block writes its partial sum and passes a fence; the block that counts
// itself last adds the partial sums and resets the counter for the next launch.
__device__ unsigned finished = 0;

__device__ double sum_block(double value) {
  __shared__ double sums[128];
  sums[threadIdx.x] = value;
  for (int half = 64; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
  }
  __syncthreads();
  const double sum = sums[0];
  __syncthreads();
  return sum;
}

extern "C" __global__ void last_block_reduction(const float* in, unsigned count,
                                                volatile double* partial, double* out) {
  __shared__ bool last;
  double value = 0.0;
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x)
    value += in[i];
  const double own = sum_block(value);
  if (threadIdx.x == 0) {
    partial[blockIdx.x] = own;
    __threadfence();
    last = atomicAdd(&finished, 1u) == gridDim.x - 1;
  }
  __syncthreads();
  if (!last) return;
  __threadfence();
  value = 0.0;
  for (unsigned i = threadIdx.x; i < gridDim.x; i += blockDim.x)
    value += partial[i];
  const double total = sum_block(value);
  if (threadIdx.x == 0) {
    *out = total;
    finished = 0;
  }
}
