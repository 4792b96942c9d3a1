// SPDX-License-Identifier: Apache-2.0
// The last thread's pair ends behind the array, which one function of a library reads for another.
// LAUNCH: 4 64
#include "cuda/emulator/defects/library/inlined.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  b[i] = pair_sum(a, i);  // DEFECT: out_of_bounds
}
