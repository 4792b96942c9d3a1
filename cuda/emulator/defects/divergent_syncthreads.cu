// SPDX-License-Identifier: Apache-2.0
// Half of every warp meets the barrier, the other half passes it by and meets another.
// LAUNCH: 1 64
#include "cuda/emulator/defects/instructions.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ int values[64];
  values[threadIdx.x] = a[threadIdx.x];
  if (threadIdx.x % 2 == 0) {
    __syncthreads();  // DEFECT: barrier_divergence, deadlock
    b[threadIdx.x] = values[63 - threadIdx.x];
  } else {
    BARRIER_SYNC(1, 64);  // DEFECT: barrier_divergence, deadlock
    b[threadIdx.x] = -values[63 - threadIdx.x];
  }
}
