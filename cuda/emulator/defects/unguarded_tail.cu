// SPDX-License-Identifier: Apache-2.0
// 288 threads write 256 elements: the guard against the tail is missing.
// LAUNCH: 3 96
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  b[i] = 2 * i;  // DEFECT: out_of_bounds
}
