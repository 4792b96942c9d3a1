// SPDX-License-Identifier: Apache-2.0
// Prefix sums over many blocks in one launch: each block publishes its total, then looks back at
// its predecessors, spinning until they have published theirs (Merrill and Garland, decoupled
// look-back). Blocks take numbers in the order in which they start, so a predecessor is always
// under way.
constexpr unsigned long long kTotal = 1ull << 32, kPrefix = 2ull << 32;

__device__ unsigned look_back(volatile unsigned long long* states, unsigned block) {
  unsigned before = 0;
  for (int i = static_cast<int>(block) - 1; i >= 0; --i) {
    unsigned long long state;
    do
      state = states[i];
    while (state == 0);
    before += static_cast<unsigned>(state);
    if (state >= kPrefix) break;
  }
  return before;
}

extern "C" __global__ void decoupled_lookback_scan(const unsigned* in, unsigned count,
                                                   unsigned* out, unsigned* next_block,
                                                   volatile unsigned long long* states) {
  __shared__ unsigned block, before, sums[128];
  if (threadIdx.x == 0) block = atomicAdd(next_block, 1u);
  __syncthreads();
  const unsigned index = block * 128 + threadIdx.x;
  sums[threadIdx.x] = index < count ? in[index] : 0;
  for (unsigned offset = 1; offset < 128; offset *= 2) {
    __syncthreads();
    const unsigned other = threadIdx.x >= offset ? sums[threadIdx.x - offset] : 0;
    __syncthreads();
    sums[threadIdx.x] += other;
  }
  if (threadIdx.x == 127) {
    const unsigned total = sums[127];
    states[block] = (block == 0 ? kPrefix : kTotal) | total;
    __threadfence();
    before = look_back(states, block);
    states[block] = kPrefix | static_cast<unsigned>(before + total);
  }
  __syncthreads();
  if (index < count) out[index] = before + sums[threadIdx.x];
}
