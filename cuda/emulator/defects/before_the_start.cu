// SPDX-License-Identifier: Apache-2.0
// The first thread reads its left neighbour, which does not exist.
// LAUNCH: 4 64
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  b[i] = a[i - 1];  // DEFECT: out_of_bounds
}
