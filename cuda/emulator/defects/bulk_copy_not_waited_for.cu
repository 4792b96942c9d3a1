// SPDX-License-Identifier: Apache-2.0
// The tile of a bulk copy is read at once; nobody waits on its barrier.
// LAUNCH: 1 32
#include "cuda/emulator/defects/instructions.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ __align__(16) int values[32];
  __shared__ unsigned long long barrier;
  const unsigned at = shared_address(&barrier), to = shared_address(values);
  if (threadIdx.x == 0) {
    MBARRIER_INIT(at, 1);
    FENCE_PROXY_ASYNC();
    MBARRIER_EXPECT(at, 128);
    BULK_COPY(to, a, 128, at);  // DEFECT: missing_async_wait
  }
  __syncthreads();
  b[threadIdx.x] = values[threadIdx.x];  // DEFECT: missing_async_wait
}
