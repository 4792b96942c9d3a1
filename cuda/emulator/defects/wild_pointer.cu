// SPDX-License-Identifier: Apache-2.0
// An integer is taken for a pointer.
// LAUNCH: 1 32
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  const int* const pointer = reinterpret_cast<const int*>(0x123456789000ull + 4 * a[threadIdx.x]);
  b[threadIdx.x] = *pointer;  // DEFECT: invalid_address, out_of_bounds
}
