// SPDX-License-Identifier: Apache-2.0
// Four-element vectors are read from an address that is a multiple of 4 bytes only.
// LAUNCH: 1 32
extern "C" __global__ void defect(int* a, int* b, int* c, int n) {
  const int4 four = reinterpret_cast<const int4*>(a + 1)[threadIdx.x];  // DEFECT: misaligned
  b[threadIdx.x] = four.x + four.y + four.z + four.w;
}
