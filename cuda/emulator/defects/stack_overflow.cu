// SPDX-License-Identifier: Apache-2.0
// Recursion without an end.
// LAUNCH: 1 32
__device__ __noinline__ int descend(const int* a, int depth) {
  volatile int frame[64];
  frame[depth % 64] = depth;
  return descend(a, depth + a[1]) + frame[depth % 64];  // DEFECT: stack_overflow
}

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  b[threadIdx.x] = descend(a, n);
}
