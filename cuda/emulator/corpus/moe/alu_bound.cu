// SPDX-License-Identifier: Apache-2.0
// Arithmetic and nothing else: a loop of integer and binary32 operations on registers, for
// measuring how many instructions a second are executed.
extern "C" __global__ void alu_bound(const unsigned* seeds, int rounds, unsigned* hashes,
                                     float* sums) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned hash = seeds[i];
  float x = static_cast<float>(hash & 0xFFFFu), y = 1.0f;
  for (int round = 0; round < rounds; ++round) {
    hash ^= hash << 13;
    hash ^= hash >> 17;
    hash ^= hash << 5;
    const float step = static_cast<float>(hash >> 20);
    x = __fmaf_rn(x, 0.5f, step);
    y = __fadd_rn(__fmul_rn(y, 0.25f), x);
    if (hash & 1) y = __fsub_rn(y, step);
    hash += static_cast<unsigned>(round) * 2654435761u;
  }
  hashes[i] = hash;
  sums[i] = __fadd_rn(x, y);
}
