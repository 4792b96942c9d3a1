// SPDX-License-Identifier: Apache-2.0
// Lanes of one warp exchange values through shared memory without __syncwarp().
// LAUNCH: 1 32
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ int values[32];
  values[threadIdx.x] = a[threadIdx.x];       // DEFECT: race
  b[threadIdx.x] = values[31 - threadIdx.x];  // DEFECT: race, uninitialized_read
}
