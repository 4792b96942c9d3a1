// SPDX-License-Identifier: Apache-2.0
// Half a warp reads from a lane that does not take part.
// LAUNCH: 1 32
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  int value = a[threadIdx.x];
  if (threadIdx.x < 16) value = __shfl_sync(0x0000FFFFu, value, 20);  // DEFECT: shuffle_divergence
  b[threadIdx.x] = value;
}
