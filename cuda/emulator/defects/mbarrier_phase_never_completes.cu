// SPDX-License-Identifier: Apache-2.0
// After the first phase the same threads wait for the second, for which nobody arrives.
// LAUNCH: 1 32
#include "cuda/emulator/defects/instructions.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ unsigned long long barrier;
  const unsigned at = shared_address(&barrier);
  if (threadIdx.x == 0) MBARRIER_INIT(at, 32);
  __syncthreads();
  MBARRIER_ARRIVE(at);
  MBARRIER_WAIT(at, 0);
  MBARRIER_WAIT(at, 1);  // DEFECT: deadlock
  b[threadIdx.x] = a[threadIdx.x];
}
