// SPDX-License-Identifier: Apache-2.0
// Rows of 36 bytes: ldmatrix needs every row at a multiple of 16.
// LAUNCH: 1 32
#include "cuda/emulator/defects/instructions.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  __shared__ __align__(16) short tile[8][18];
  for (int i = threadIdx.x; i < 8 * 18; i += 32)
    tile[i / 18][i % 18] = static_cast<short>(a[i]);
  __syncwarp();
  int fragment;
  const unsigned row = shared_address(tile[threadIdx.x % 8]);
  LOAD_MATRIX(fragment, row);  // DEFECT: misaligned
  b[threadIdx.x] = fragment;
}
