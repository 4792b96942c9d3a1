// SPDX-License-Identifier: Apache-2.0
// The kernel itself stops when an argument is not as it should be.
// LAUNCH: 1 32
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  if (a[threadIdx.x] == 17) __trap();  // DEFECT: trap
  b[threadIdx.x] = a[threadIdx.x];
}
