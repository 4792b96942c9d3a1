// SPDX-License-Identifier: Apache-2.0
// A barrier in use is initialized again without mbarrier.inval between.
// LAUNCH: 1 32
#include "cuda/emulator/defects/instructions.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ unsigned long long barrier;
  const unsigned at = shared_address(&barrier);
  for (int round = 0; round < 2; ++round) {
    if (threadIdx.x == 0) MBARRIER_INIT(at, 32);  // DEFECT: invalid_mbarrier
    __syncthreads();
    if (round == 0) MBARRIER_ARRIVE(at);
    __syncthreads();
  }
  b[threadIdx.x] = a[threadIdx.x];
}
