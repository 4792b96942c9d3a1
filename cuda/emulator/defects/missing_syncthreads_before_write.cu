// SPDX-License-Identifier: Apache-2.0
// A tile is overwritten in the next round while another warp may still read it.
// LAUNCH: 1 64
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ int tile[64];
  int sum = 0;
  for (int round = 0; round < 3; ++round) {
    tile[threadIdx.x] = a[64 * round + threadIdx.x];  // DEFECT: race
    __syncthreads();
    sum += tile[63 - threadIdx.x];  // DEFECT: race
  }
  b[threadIdx.x] = sum;
}
