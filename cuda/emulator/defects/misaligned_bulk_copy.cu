// SPDX-License-Identifier: Apache-2.0
// A bulk copy from an address that is not a multiple of 16 bytes.
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
    BULK_COPY(to, a + 1, 128, at);  // DEFECT: misaligned
  }
  __syncthreads();
  MBARRIER_WAIT(at, 0);
  b[threadIdx.x] = values[threadIdx.x];
}
