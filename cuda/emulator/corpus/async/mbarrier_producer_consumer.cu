// SPDX-License-Identifier: Apache-2.0
// A ring of stages guarded by two mbarriers each: a producer warp fills a stage and arrives on
// `full`, consumer warps reduce it and arrive on `empty`; phases alternate, both sides wait by
// parity.
#include "cuda/emulator/corpus/ptx.cuh"

constexpr int kStages = 4, kConsumers = 96;

extern "C" __global__ void mbarrier_producer_consumer(const unsigned* in, int rows, unsigned* out) {
  __shared__ unsigned stage[kStages][kConsumers];
  __shared__ Barrier full[kStages], empty[kStages];
  if (threadIdx.x == 0)
    for (int s = 0; s < kStages; ++s) {
      mbarrier_init(&full[s], 32);
      mbarrier_init(&empty[s], kConsumers);
    }
  __syncthreads();
  if (threadIdx.x < 32) {
    for (int row = 0; row < rows; ++row) {
      const int s = row % kStages, turn = row / kStages;
      mbarrier_wait(&empty[s], turn % 2 == 0 ? 1 : 0);  // the phase before the first counts as over
      for (int i = threadIdx.x; i < kConsumers; i += 32)
        stage[s][i] = in[(blockIdx.x * rows + row) * kConsumers + i];
      mbarrier_arrive(&full[s]);
    }
    return;
  }
  const int me = threadIdx.x - 32;
  unsigned sum = 0;
  for (int row = 0; row < rows; ++row) {
    const int s = row % kStages, turn = row / kStages;
    mbarrier_wait(&full[s], turn % 2);
    sum = sum * 31 + stage[s][(me + row) % kConsumers];
    mbarrier_arrive(&empty[s]);
  }
  out[blockIdx.x * kConsumers + me] = sum;
}

// Token-based waits: arrive returns the phase, which test_wait is asked about; one thread drops
// out.
extern "C" __global__ void mbarrier_tokens(unsigned* out) {
  __shared__ Barrier barrier;
  __shared__ unsigned values[64];
  const int t = threadIdx.x;
  if (t == 0) mbarrier_init(&barrier, 64);
  __syncthreads();
  unsigned sum = 0;
  for (int round = 0; round < 3; ++round) {
    if (round == 2 && t == 63) {
      asm volatile("mbarrier.arrive_drop.shared.b64 _, [%0];" ::"r"(shared_address(&barrier))
                   : "memory");
      break;
    }
    values[t] = t * (round + 1);
    for (int half = 0; half < 2; ++half) {
      std::uint64_t token;
      asm volatile("mbarrier.arrive.shared.b64 %0, [%1];"
                   : "=l"(token)
                   : "r"(shared_address(&barrier))
                   : "memory");
      unsigned done = 0;
      while (done == 0)
        asm volatile(
            "{ .reg .pred p; mbarrier.test_wait.shared.b64 p, [%1], %2; selp.u32 %0, 1, 0, p; }"
            : "=r"(done)
            : "r"(shared_address(&barrier)), "l"(token)
            : "memory");
      if (half == 0) sum += values[(t + 1) % 62];
      if (round == 2 && half == 0) break;
    }
  }
  out[t] = sum;
}
