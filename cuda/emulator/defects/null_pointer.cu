// SPDX-License-Identifier: Apache-2.0
// A pointer that is null for every thread is read.
// LAUNCH: 1 32
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  const int* const pointer = n > 0 ? nullptr : a;
  b[threadIdx.x] = a[0] + *static_cast<const volatile int*>(pointer);  // DEFECT: invalid_address
}
