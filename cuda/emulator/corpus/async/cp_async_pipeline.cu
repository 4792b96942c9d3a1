// SPDX-License-Identifier: Apache-2.0
// Multi-stage pipelines of cp.async: while one stage is reduced, the next two are under way; the
// last stage's tail is filled with zeros by a shorter source. Then copies of 4 and 8 bytes,
// wait_all, and a completion signalled on an mbarrier.
#include "cuda/emulator/corpus/ptx.cuh"

constexpr int kStages = 3, kThreads = 64;

// out[block * 64 + thread] = the sum over rows of the block's matrix (rows x 256 words) of what
// `reverse` names: words 4t .. 4t + 3, or their mirror image, which another thread copied.
extern "C" __global__ void cp_async_pipeline(const unsigned* in, int words_per_block,
                                             unsigned* out) {
  __shared__ __align__(16) unsigned stage[kStages][4 * kThreads];
  const unsigned* const own = in + blockIdx.x * words_per_block;
  const int rows = (words_per_block + 4 * kThreads - 1) / (4 * kThreads);
  const auto fetch = [&](int row) {
    if (row < rows) {
      const int at = row * 4 * kThreads + 4 * threadIdx.x;
      const int left = min(max(words_per_block - at, 0), 4);
      cp_async<16>(&stage[row % kStages][4 * threadIdx.x], left > 0 ? own + at : own, 4 * left);
    }
    cp_async_commit();
  };
  for (int row = 0; row < kStages - 1; ++row)
    fetch(row);
  unsigned sum = 0;
  for (int row = 0; row < rows; ++row) {
    cp_async_wait<kStages - 2>();
    __syncthreads();
    fetch(row + kStages - 1);
    for (int i = 0; i < 4; ++i)
      sum = sum * 3 + stage[row % kStages][4 * kThreads - 1 - 4 * threadIdx.x - i];
  }
  cp_async_wait<0>();
  out[blockIdx.x * kThreads + threadIdx.x] = sum;
}

extern "C" __global__ void cp_async_small(const unsigned* words, const unsigned long long* wides,
                                          unsigned long long* out) {
  __shared__ unsigned word[kThreads];
  __shared__ unsigned long long wide[kThreads];
  __shared__ Barrier arrived;
  const int t = threadIdx.x;
  if (t == 0) mbarrier_init(&arrived, kThreads);
  __syncthreads();
  cp_async<4>(&word[t], &words[t]);
  cp_async<8>(&wide[t], &wides[t], t % 4 == 0 ? 4 : 8);
  asm volatile("cp.async.mbarrier.arrive.noinc.shared.b64 [%0];" ::"r"(shared_address(&arrived))
               : "memory");
  mbarrier_wait(&arrived, 0);
  const int other = kThreads - 1 - t;
  const unsigned long long sum = word[other] + wide[other];
  __syncthreads();
  cp_async<4>(&word[t], &words[t ^ 1]);
  asm volatile("cp.async.wait_all;" ::: "memory");
  __syncthreads();
  out[t] = sum * 5 + word[t / 2];
}
