// SPDX-License-Identifier: Apache-2.0
// The barrier expects 256 bytes, the copy brings 128: the phase never completes.
// LAUNCH: 1 32
#include "cuda/emulator/defects/instructions.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ __align__(16) int values[64];
  __shared__ unsigned long long barrier;
  const unsigned at = shared_address(&barrier), to = shared_address(values);
  if (threadIdx.x == 0) {
    MBARRIER_INIT(at, 1);
    FENCE_PROXY_ASYNC();
    MBARRIER_EXPECT(at, 256);
    BULK_COPY(to, a, 128, at);
  }
  __syncthreads();
  MBARRIER_WAIT(at, 0);  // DEFECT: deadlock
  b[threadIdx.x] = values[threadIdx.x];
}
