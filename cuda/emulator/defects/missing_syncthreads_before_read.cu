// SPDX-License-Identifier: Apache-2.0
// Values of another warp are read without a barrier after their writes.
// LAUNCH: 1 64
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ int values[64];
  values[threadIdx.x] = a[threadIdx.x];       // DEFECT: race
  b[threadIdx.x] = values[63 - threadIdx.x];  // DEFECT: race, uninitialized_read
}
