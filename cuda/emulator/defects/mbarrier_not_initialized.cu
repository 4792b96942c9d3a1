// SPDX-License-Identifier: Apache-2.0
// Threads arrive on an mbarrier that nobody initialized.
// LAUNCH: 1 32
#include "cuda/emulator/defects/instructions.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ unsigned long long barrier;
  const unsigned at = shared_address(&barrier);
  MBARRIER_ARRIVE(at);  // DEFECT: invalid_mbarrier
  b[threadIdx.x] = a[threadIdx.x];
}
