// SPDX-License-Identifier: Apache-2.0
// Histogram of bytes: shared-memory atomics within a block, global atomics between blocks.
extern "C" __global__ void histogram_shared_atomics(const unsigned char* in, unsigned count,
                                                    unsigned* bins) {
  __shared__ unsigned of_block[256];
  for (unsigned i = threadIdx.x; i < 256; i += blockDim.x)
    of_block[i] = 0;
  __syncthreads();
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x)
    atomicAdd(&of_block[in[i]], 1u);
  __syncthreads();
  for (unsigned i = threadIdx.x; i < 256; i += blockDim.x)
    if (of_block[i] != 0) atomicAdd(&bins[i], of_block[i]);
}

// The same, with each warp's equal bytes counted by one atomic, and the order of arrival returned.
extern "C" __global__ void histogram_matched(const unsigned char* in, unsigned count,
                                             unsigned* bins, unsigned* rank) {
  __shared__ unsigned of_block[256];
  for (unsigned i = threadIdx.x; i < 256; i += blockDim.x)
    of_block[i] = 0;
  __syncthreads();
  const unsigned active = __ballot_sync(0xFFFFFFFFu, threadIdx.x < count);
  if (threadIdx.x < count) {
    const unsigned lane = threadIdx.x % 32;
    const unsigned peers = __match_any_sync(active, in[threadIdx.x]);
    const int leader = __ffs(peers) - 1;
    unsigned first = 0;
    if (lane == leader) first = atomicAdd(&of_block[in[threadIdx.x]], __popc(peers));
    rank[threadIdx.x] = __shfl_sync(peers, first, leader) + __popc(peers & ((1u << lane) - 1));
  }
  __syncthreads();
  for (unsigned i = threadIdx.x; i < 256; i += blockDim.x)
    bins[i] = of_block[i];
}
