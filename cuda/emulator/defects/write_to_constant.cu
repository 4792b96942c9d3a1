// SPDX-License-Identifier: Apache-2.0
// A pointer into constant memory lost its const.
// LAUNCH: 1 32
#include "cuda/emulator/defects/instructions.cuh"

__constant__ int table[32] = {1};

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  int* const writable = const_cast<int*>(table) + n / 64;
  STORE_GENERIC(writable, a[threadIdx.x]);  // DEFECT: read_only_write, invalid_address
  b[threadIdx.x] = a[threadIdx.x];
}
