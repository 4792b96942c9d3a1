// SPDX-License-Identifier: Apache-2.0
// libcu++ as NVIDIA ships it: cuda::barrier, cuda::memcpy_async, cuda::pipeline and
// cuda::atomic_ref.
#include <cuda/atomic>
#include <cuda/barrier>
#include <cuda/pipeline>

constexpr int kThreads = 64;

extern "C" __global__ void libcudacxx_barrier(const int* in, int rounds, int* out) {
  using Barrier = cuda::barrier<cuda::thread_scope_block>;
#pragma nv_diag_suppress static_var_with_dynamic_init
  __shared__ Barrier barrier;  // init() below constructs it
  __shared__ int values[kThreads];
  if (threadIdx.x == 0) init(&barrier, kThreads);
  __syncthreads();
  unsigned sum = 0;
  for (int round = 0; round < rounds; ++round) {
    values[threadIdx.x] = in[round * kThreads + threadIdx.x];
    barrier.wait(barrier.arrive());
    sum = sum * 3 + values[(threadIdx.x + round) % kThreads];
    barrier.arrive_and_wait();
  }
  out[threadIdx.x] = static_cast<int>(sum);
}

extern "C" __global__ void libcudacxx_pipeline(const int* in, int rounds, int* out, int* highest) {
  __shared__ int stages[2][kThreads];
  auto pipeline = cuda::make_pipeline();
  const auto fetch = [&](int round) {
    pipeline.producer_acquire();
    cuda::memcpy_async(&stages[round % 2][threadIdx.x], &in[round * kThreads + threadIdx.x],
                       sizeof(int), pipeline);
    pipeline.producer_commit();
  };
  fetch(0);
  unsigned sum = 0;
  for (int round = 0; round < rounds; ++round) {
    if (round + 1 < rounds) {
      fetch(round + 1);
      cuda::pipeline_consumer_wait_prior<1>(pipeline);
    } else {
      cuda::pipeline_consumer_wait_prior<0>(pipeline);
    }
    sum = sum * 5 + stages[round % 2][threadIdx.x];
    pipeline.consumer_release();
  }
  out[threadIdx.x] = static_cast<int>(sum);
  cuda::atomic_ref<int, cuda::thread_scope_device> cell(*highest);
  cell.fetch_max(static_cast<int>(sum), cuda::memory_order_relaxed);
}
