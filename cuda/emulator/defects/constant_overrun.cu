// SPDX-License-Identifier: Apache-2.0
// A table in constant memory has 16 entries, 64 threads read one each.
// LAUNCH: 1 64
__constant__ int table[16] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  b[threadIdx.x] = table[a[threadIdx.x]];  // DEFECT: out_of_bounds
}
