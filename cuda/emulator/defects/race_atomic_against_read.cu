// SPDX-License-Identifier: Apache-2.0
// A shared counter is read while other warps still count.
// LAUNCH: 1 64
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ int counter;
  if (threadIdx.x == 0) counter = 0;
  __syncthreads();
  atomicAdd(&counter, a[threadIdx.x]);  // DEFECT: race
  b[threadIdx.x] = counter;             // DEFECT: race
}
