// SPDX-License-Identifier: Apache-2.0
// The consumers wait for the phase before the first, which counts as over: they do not wait.
// LAUNCH: 1 64
#include "cuda/emulator/defects/instructions.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ int values[32];
  __shared__ unsigned long long barrier;
  const unsigned at = shared_address(&barrier);
  if (threadIdx.x == 0) MBARRIER_INIT(at, 32);
  __syncthreads();
  if (threadIdx.x >= 32) {
    values[threadIdx.x - 32] = a[threadIdx.x];  // DEFECT: race
    MBARRIER_ARRIVE(at);
    return;
  }
  MBARRIER_WAIT(at, 1);  // DEFECT: deadlock
  b[threadIdx.x] = values[threadIdx.x];  // DEFECT: race, uninitialized_read
}
