// SPDX-License-Identifier: Apache-2.0
// A sum of 2048 and 2^-14: different orders and precisions of a tensor core give different results.
// LAUNCH: 1 32
#include "cuda/emulator/defects/instructions.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  const unsigned large = 0x68006800u, small = 0x04000400u, one = 0x3C003C00u;
  float d[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  const unsigned first = a[1] == 1 ? large : one;
  MMA_F16(d, first, small, one);  // DEFECT: uncertified_mma
  for (int i = 0; i < 4; ++i)
    b[4 * threadIdx.x + i] = __float_as_int(d[i]);
}
