// SPDX-License-Identifier: Apache-2.0
// Inline PTX uses a register that it never set.
// LAUNCH: 1 32
#include "cuda/emulator/defects/instructions.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  int sum;
  ADD_TO_MISSING(sum, a[threadIdx.x]);
  b[threadIdx.x] = sum;  // DEFECT: uninitialized_read
}
