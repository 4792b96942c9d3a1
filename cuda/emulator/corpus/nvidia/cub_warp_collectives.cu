// SPDX-License-Identifier: Apache-2.0
// cub::WarpReduce and WarpScan: whole warps and logical warps of 8 lanes.
#include <cub/warp/warp_reduce.cuh>
#include <cub/warp/warp_scan.cuh>

extern "C" __global__ void cub_warp_collectives(const int* in, int valid, int* out) {
  const int thread = threadIdx.x, value = in[thread];
  int row = 0;
  const auto put = [&](int result) { out[row++ * blockDim.x + thread] = result; };
  using Reduce = cub::WarpReduce<int>;
  using Reduce8 = cub::WarpReduce<int, 8>;
  using Scan = cub::WarpScan<int>;
  using Scan8 = cub::WarpScan<int, 8>;
  __shared__ typename Reduce::TempStorage reduce[2];
  __shared__ typename Reduce8::TempStorage reduce8[8];
  __shared__ typename Scan::TempStorage scan[2];
  __shared__ typename Scan8::TempStorage scan8[8];
  const int warp = thread / 32, eighth = thread / 8;
  // Results of a reduction are lane 0's; the others get what put() repeats for them.
  const int sum = Reduce(reduce[warp]).Sum(value);
  put(__shfl_sync(~0u, sum, 0));
  __syncwarp();
  const int maximum = Reduce(reduce[warp]).Reduce(value, cuda::maximum<>{}, valid);
  put(__shfl_sync(~0u, maximum, 0));
  const int sum8 = Reduce8(reduce8[eighth]).Sum(value);
  put(__shfl_sync(~0u, sum8, 0, 8));
  int inclusive, exclusive;
  Scan(scan[warp]).Scan(value, inclusive, exclusive, 0, cuda::std::plus<>{});
  put(inclusive);
  put(exclusive);
  Scan8(scan8[eighth]).InclusiveScan(value, inclusive, cuda::minimum<>{});
  put(inclusive);
}
