// SPDX-License-Identifier: Apache-2.0
// cooperative_groups.h: tiles of 16 lanes, reduce and scan over them, coalesced groups within a
// branch, a block's group, asynchronous copies of a group.
#include <cooperative_groups.h>
#include <cooperative_groups/memcpy_async.h>
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>

namespace cg = cooperative_groups;

extern "C" __global__ void cooperative_groups_tiles(const int* in, int* out) {
  const cg::thread_block block = cg::this_thread_block();
  const auto tile = cg::tiled_partition<16>(block);
  const int thread = static_cast<int>(block.thread_rank()), value = in[thread];
  int row = 0;
  const auto put = [&](int result) { out[row++ * blockDim.x + thread] = result; };
  put(cg::reduce(tile, value, cg::plus<int>()));
  put(cg::reduce(tile, value, cg::less<int>()));
  put(cg::inclusive_scan(tile, value));
  put(cg::exclusive_scan(tile, value));
  put(tile.shfl_xor(value, 3) + tile.meta_group_rank());
  put(tile.any(value > 900) + 2 * tile.all(value > -990));
  int grouped = 0;
  if (value % 3 == 0) {
    const cg::coalesced_group active = cg::coalesced_threads();
    grouped = active.shfl(value, 0);
  }
  put(grouped % 3);
}

extern "C" __global__ void cooperative_copy(const int* in, int count, int* out) {
  extern __shared__ int staged[];
  const cg::thread_block block = cg::this_thread_block();
  cg::memcpy_async(block, staged, in, sizeof(int) * count);
  cg::wait(block);
  for (int i = block.thread_rank(); i < count; i += block.size())
    out[i] = staged[count - 1 - i];
}
