// SPDX-License-Identifier: Apache-2.0
// An array in local memory is indexed by data that one lane has out of range.
// LAUNCH: 1 64
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  int counts[8];
  for (int i = 0; i < 8; ++i)
    counts[i] = a[i];
  counts[(a[threadIdx.x] + 1) / 8] += n;  // DEFECT: out_of_bounds
  int sum = 0;
  for (int i = 0; i < 8; ++i)
    sum = sum * 3 + counts[i];
  b[threadIdx.x] = sum;
}
