// SPDX-License-Identifier: Apache-2.0
// Bulk copies in both directions: one thread asks for a tile, its bytes complete an mbarrier;
// threads change the tile in place; after a proxy fence one thread sends it back as a bulk group.
// Two tiles in turn, so a tile may be filled again only when its bytes have been read.
#include "cuda/emulator/corpus/ptx.cuh"

constexpr unsigned kWords = 512;

extern "C" __global__ void bulk_copy(const unsigned* in, unsigned tiles, unsigned* out) {
  __shared__ __align__(128) unsigned tile[2][kWords];
  __shared__ Barrier arrived[2];
  const unsigned* const from = in + blockIdx.x * tiles * kWords;
  unsigned* const to = out + blockIdx.x * tiles * kWords;
  if (threadIdx.x == 0) {
    mbarrier_init(&arrived[0], 1);
    mbarrier_init(&arrived[1], 1);
    fence_proxy_async();
  }
  __syncthreads();
  const auto fetch = [&](unsigned index) {
    mbarrier_arrive_expect(&arrived[index % 2], kWords * 4);
    bulk_to_shared(tile[index % 2], from + index * kWords, kWords * 4, &arrived[index % 2]);
  };
  if (threadIdx.x == 0) fetch(0);
  for (unsigned index = 0; index < tiles; ++index) {
    if (threadIdx.x == 0 && index + 1 < tiles) {
      bulk_wait_read<0>();
      fetch(index + 1);
    }
    unsigned* const current = tile[index % 2];
    mbarrier_wait(&arrived[index % 2], index / 2 % 2);
    unsigned changed[kWords / 128];
    for (unsigned i = 0; i < kWords / 128; ++i)
      changed[i] = current[kWords - 1 - i * 128 - threadIdx.x] * 3 + index;
    __syncthreads();
    for (unsigned i = 0; i < kWords / 128; ++i)
      current[i * 128 + threadIdx.x] = changed[i];
    fence_proxy_async();
    __syncthreads();
    if (threadIdx.x == 0) {
      bulk_to_global(to + index * kWords, current, kWords * 4);
      bulk_commit();
    }
  }
  if (threadIdx.x == 0) bulk_wait<0>();
}

// Several copies of different sizes on one barrier; a size known at run time only.
extern "C" __global__ void bulk_pieces(const unsigned char* in, unsigned pieces,
                                       unsigned char* out) {
  __shared__ __align__(16) unsigned char bytes[4096];
  __shared__ Barrier arrived;
  if (threadIdx.x == 0) {
    mbarrier_init(&arrived, 1);
    fence_proxy_async();
    const unsigned total = 16 * pieces * (pieces + 1) / 2;
    mbarrier_arrive_expect(&arrived, total);
    unsigned at = 0;
    for (unsigned piece = 1; piece <= pieces; ++piece) {
      bulk_to_shared(bytes + total - at - 16 * piece, in + at, 16 * piece, &arrived);
      at += 16 * piece;
    }
  }
  __syncthreads();
  mbarrier_wait(&arrived, 0);
  for (unsigned i = threadIdx.x; i < 8 * pieces * (pieces + 1); i += blockDim.x)
    out[i] = bytes[i];
}
