// SPDX-License-Identifier: Apache-2.0
// cub::BlockLoad, BlockScan (raking and warp scans) and BlockStore with transposition, four items a
// thread, a partial tile at the end.
#include <cub/block/block_load.cuh>
#include <cub/block/block_scan.cuh>
#include <cub/block/block_store.cuh>

constexpr int kThreads = 64, kItems = 4;

template <cub::BlockScanAlgorithm kAlgorithm, cub::BlockLoadAlgorithm kLoad,
          cub::BlockStoreAlgorithm kStore>
__device__ void scan_tile(const unsigned* in, unsigned* out, int valid, unsigned* total) {
  using Load = cub::BlockLoad<unsigned, kThreads, kItems, kLoad>;
  using Scan = cub::BlockScan<unsigned, kThreads, kAlgorithm>;
  using Store = cub::BlockStore<unsigned, kThreads, kItems, kStore>;
  __shared__ union {
    typename Load::TempStorage load;
    typename Scan::TempStorage scan;
    typename Store::TempStorage store;
  } storage;
  unsigned items[kItems];
  Load(storage.load).Load(in, items, valid, 0u);
  __syncthreads();
  unsigned sum;
  Scan(storage.scan).ExclusiveSum(items, items, sum);
  __syncthreads();
  Store(storage.store).Store(out, items, valid);
  if (threadIdx.x == 0) *total = sum;
}

extern "C" __global__ void cub_scan_raking(const unsigned* in, int count, unsigned* out,
                                           unsigned* totals) {
  const int first = blockIdx.x * kThreads * kItems;
  scan_tile<cub::BLOCK_SCAN_RAKING, cub::BLOCK_LOAD_TRANSPOSE, cub::BLOCK_STORE_TRANSPOSE>(
      in + first, out + first, min(count - first, kThreads * kItems), totals + blockIdx.x);
}

extern "C" __global__ void cub_scan_warps(const unsigned* in, int count, unsigned* out,
                                          unsigned* totals) {
  const int first = blockIdx.x * kThreads * kItems;
  scan_tile<cub::BLOCK_SCAN_WARP_SCANS, cub::BLOCK_LOAD_WARP_TRANSPOSE, cub::BLOCK_STORE_DIRECT>(
      in + first, out + first, min(count - first, kThreads * kItems), totals + blockIdx.x);
}
