// SPDX-License-Identifier: Apache-2.0
// A global address is used to load from shared memory.
// LAUNCH: 1 32
#include "cuda/emulator/defects/instructions.cuh"

extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  int value;
  const auto global = static_cast<unsigned>(reinterpret_cast<unsigned long long>(a));
  LOAD_SHARED(value, global | 0x10000000u);  // DEFECT: out_of_bounds, invalid_address
  b[threadIdx.x] = value;
}
