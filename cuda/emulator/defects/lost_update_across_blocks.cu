// SPDX-License-Identifier: Apache-2.0
// One thread of every block adds to a cell without an atomic.
// LAUNCH: 8 32
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  if (threadIdx.x == 0) b[7] += a[blockIdx.x];  // DEFECT: lost_update, race
}
