// SPDX-License-Identifier: Apache-2.0
// The last thread reads its right neighbour, which does not exist.
// LAUNCH: 4 64
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  const int left = a[i];
  const int right = a[i + 1];  // DEFECT: out_of_bounds
  b[i] = left + right;
}
