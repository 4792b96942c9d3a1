// SPDX-License-Identifier: Apache-2.0
// A thread's array is filled up to its own number, then read at its end.
// LAUNCH: 1 32
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  int values[40];
  for (int i = 0; i <= a[threadIdx.x]; ++i)
    values[i] = a[i + 1];
  b[threadIdx.x] = values[n / 8 - 1 + a[0]];  // DEFECT: uninitialized_read
}
