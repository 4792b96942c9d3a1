// SPDX-License-Identifier: Apache-2.0
// An asynchronous copy is committed, but nobody waits for it.
// LAUNCH: 1 64
#include "cuda/emulator/defects/instructions.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ int values[64];
  const unsigned to = shared_address(&values[threadIdx.x]);
  COPY_ASYNC(to, a + threadIdx.x);  // DEFECT: missing_async_wait
  COPY_COMMIT();
  __syncthreads();
  b[threadIdx.x] = values[63 - threadIdx.x];  // DEFECT: missing_async_wait
}
