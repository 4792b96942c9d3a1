// SPDX-License-Identifier: Apache-2.0
// A module for the tests of fat binaries.
__constant__ float table[4] = {1.0f, 2.5f, -4.0f, 8.0f};

extern "C" __global__ void scale(float* data, float factor, int count) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < count) data[i] = data[i] * factor + table[i & 3];
}

extern "C" __global__ void reverse(int* data) {
  extern __shared__ int shared[];
  shared[threadIdx.x] = data[threadIdx.x];
  __syncthreads();
  data[threadIdx.x] = shared[blockDim.x - 1 - threadIdx.x];
}
