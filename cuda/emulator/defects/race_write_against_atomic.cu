// SPDX-License-Identifier: Apache-2.0
// A counter is set by one thread and counted up by others with no barrier between.
// LAUNCH: 1 64
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ int counter;
  if (threadIdx.x == 0) counter = 0;                 // DEFECT: race
  if (threadIdx.x >= 32) atomicAdd(&counter, a[1]);  // DEFECT: race, uninitialized_read
  __syncthreads();
  if (threadIdx.x == 0) b[0] = counter;
}
