// SPDX-License-Identifier: Apache-2.0
// Every thread adds to one cell of global memory without an atomic.
// LAUNCH: 1 64
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  b[0] = b[0] + a[threadIdx.x];  // DEFECT: lost_update, race
}
