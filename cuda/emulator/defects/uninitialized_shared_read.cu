// SPDX-License-Identifier: Apache-2.0
// Only 60 of 64 elements are filled.
// LAUNCH: 1 64
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ int values[64];
  if (threadIdx.x < 60) values[threadIdx.x] = a[threadIdx.x];
  __syncthreads();
  b[threadIdx.x] = values[63 - threadIdx.x];  // DEFECT: uninitialized_read
}
