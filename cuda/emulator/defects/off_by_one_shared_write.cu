// SPDX-License-Identifier: Apache-2.0
// The last thread writes past the end of a shared array.
// LAUNCH: 1 64
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ int values[64];
  values[threadIdx.x + 1] = a[threadIdx.x];  // DEFECT: out_of_bounds
  __syncthreads();
  if (threadIdx.x > 0) b[threadIdx.x] = values[64 - threadIdx.x];
}
