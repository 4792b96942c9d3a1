// SPDX-License-Identifier: Apache-2.0
// A named barrier waits for 96 threads in a block of 64.
// LAUNCH: 1 64
#include "cuda/emulator/defects/instructions.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  BARRIER_SYNC(1, 96);  // DEFECT: deadlock, barrier_divergence
  b[threadIdx.x] = a[threadIdx.x];
}
