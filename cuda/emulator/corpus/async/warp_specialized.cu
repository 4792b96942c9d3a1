// SPDX-License-Identifier: Apache-2.0
// Two producer warps and two consumer warps, synchronized by named barriers alone: bar.arrive does
// not wait, bar.sync does; a pair of barriers for each of two buffers. The consumers also meet at a
// barrier of their own, with a reduction (barrier.red) over their votes.
constexpr int kWorkers = 64;

template <int kBase>
__device__ void arrive(int buffer) {
  asm volatile("bar.arrive %0, %1;" ::"r"(kBase + buffer), "n"(2 * kWorkers) : "memory");
}
template <int kBase>
__device__ void wait(int buffer) {
  asm volatile("bar.sync %0, %1;" ::"r"(kBase + buffer), "n"(2 * kWorkers) : "memory");
}

constexpr int kFilled = 1, kDrained = 3, kConsumersOnly = 5;

extern "C" __global__ void warp_specialized(const unsigned* in, int rows, unsigned* out,
                                            unsigned* odd_rows) {
  __shared__ unsigned buffers[2][kWorkers];
  const int me = threadIdx.x % kWorkers;
  if (threadIdx.x < kWorkers) {
    for (int row = 0; row < rows; ++row) {
      if (row >= 2) wait<kDrained>(row % 2);
      buffers[row % 2][me] = in[(blockIdx.x * rows + row) * kWorkers + me] ^ row;
      arrive<kFilled>(row % 2);
    }
    return;
  }
  unsigned sum = 0, odd = 0;
  for (int row = 0; row < rows; ++row) {
    wait<kFilled>(row % 2);
    const unsigned value = buffers[row % 2][kWorkers - 1 - me];
    if (row + 2 < rows) arrive<kDrained>(row % 2);
    sum = sum * 7 + value;
    unsigned counted;
    asm volatile("{ .reg .pred p; setp.ne.u32 p, %1, 0; barrier.cta.red.popc.u32 %0, %2, %3, p; }"
                 : "=r"(counted)
                 : "r"(value & 1), "n"(kConsumersOnly), "n"(kWorkers)
                 : "memory");
    odd += counted;
  }
  out[blockIdx.x * kWorkers + me] = sum;
  if (me == 0) odd_rows[blockIdx.x] = odd;
}

// __syncthreads_and, _or and _count, and barriers 0 and 1 side by side.
extern "C" __global__ void voting_barriers(const int* in, int* out) {
  const int value = in[threadIdx.x];
  const int all = __syncthreads_and(value > 0), any = __syncthreads_or(value == 7);
  const int positive = __syncthreads_count(value > 0);
  out[threadIdx.x] = all + 10 * any + 100 * positive;
}
