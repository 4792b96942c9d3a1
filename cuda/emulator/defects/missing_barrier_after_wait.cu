// SPDX-License-Identifier: Apache-2.0
// Each thread waits for its own copies only; what other warps copied needs a barrier, too.
// LAUNCH: 1 64
#include "cuda/emulator/defects/instructions.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ int values[64];
  const unsigned to = shared_address(&values[threadIdx.x]);
  COPY_ASYNC(to, a + threadIdx.x);  // DEFECT: race
  COPY_COMMIT();
  COPY_WAIT(0);  // DEFECT: race
  const int value =
      values[63 - threadIdx.x];  // DEFECT: race, missing_async_wait, uninitialized_read
  b[threadIdx.x] = value;
}
