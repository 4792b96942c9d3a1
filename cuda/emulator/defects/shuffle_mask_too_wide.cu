// SPDX-License-Identifier: Apache-2.0
// The mask names lanes that never come: they have left the kernel.
// LAUNCH: 1 32
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  if (threadIdx.x >= 24) return;
  int sum = a[threadIdx.x];
  for (int offset = 16; offset > 0; offset /= 2)
    sum += __shfl_xor_sync(0xFFFFFFFFu, sum, offset);  // DEFECT: shuffle_divergence
  b[threadIdx.x] = sum;
}
