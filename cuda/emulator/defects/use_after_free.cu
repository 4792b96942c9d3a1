// SPDX-License-Identifier: Apache-2.0
// The host freed `a` before the launch.
// FREED: a
// LAUNCH: 1 64
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  b[threadIdx.x] = a[threadIdx.x];  // DEFECT: use_after_free
}
