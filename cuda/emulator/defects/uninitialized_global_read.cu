// SPDX-License-Identifier: Apache-2.0
// Nobody ever wrote `c`.
// LAUNCH: 1 64
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  b[threadIdx.x] = c[threadIdx.x] + 1;  // DEFECT: uninitialized_read
}
