// SPDX-License-Identifier: Apache-2.0
// Two groups are under way; waiting until one is left does not wait for the second.
// LAUNCH: 1 64
#include "cuda/emulator/defects/instructions.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ int values[2][64];
  for (int stage = 0; stage < 2; ++stage) {
    const unsigned to = shared_address(&values[stage][threadIdx.x]);
    const int* const from = a + 64 * stage + threadIdx.x;
    COPY_ASYNC(to, from);  // DEFECT: missing_async_wait
    COPY_COMMIT();
  }
  COPY_WAIT(1);
  __syncthreads();
  int sum = values[0][63 - threadIdx.x];
  sum += values[1][63 - threadIdx.x];  // DEFECT: missing_async_wait
  b[threadIdx.x] = sum;
}
