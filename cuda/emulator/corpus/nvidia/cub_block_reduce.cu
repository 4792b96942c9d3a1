// SPDX-License-Identifier: Apache-2.0
// cub::BlockReduce as NVIDIA ships it: its three algorithms, sums of guarded tiles, a custom
// operator.
#include <cub/block/block_reduce.cuh>

template <cub::BlockReduceAlgorithm kAlgorithm>
__device__ int block_sum(int value) {
  using Reduce = cub::BlockReduce<int, 128, kAlgorithm>;
  __shared__ typename Reduce::TempStorage storage;
  return Reduce(storage).Sum(value);
}

struct Largest {
  __device__ long long operator()(long long a, long long b) const { return a > b ? a : b; }
};

extern "C" __global__ void cub_block_reduce(const int* in, int count, int* sums,
                                            long long* largest) {
  const int i = blockIdx.x * 128 + threadIdx.x;
  const int value = i < count ? in[i] : 0,
            valid = min(count - static_cast<int>(blockIdx.x) * 128, 128);
  const int a = block_sum<cub::BLOCK_REDUCE_RAKING>(value);
  const int b = block_sum<cub::BLOCK_REDUCE_WARP_REDUCTIONS>(value);
  const int c = block_sum<cub::BLOCK_REDUCE_RAKING_COMMUTATIVE_ONLY>(value);
  using Reduce = cub::BlockReduce<long long, 128>;
  __shared__ typename Reduce::TempStorage storage;
  const long long d = Reduce(storage).Reduce(static_cast<long long>(value) << 20, Largest{}, valid);
  if (threadIdx.x != 0) return;
  sums[blockIdx.x * 3] = a;
  sums[blockIdx.x * 3 + 1] = b;
  sums[blockIdx.x * 3 + 2] = c;
  largest[blockIdx.x] = d;
}
