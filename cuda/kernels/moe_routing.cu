// SPDX-License-Identifier: Apache-2.0
// Routing: groups the slots (token * top_k + j) by expert, in ascending order, and lists the tiles
// of work. One block an expert; every block counts all slots for itself, so no block waits for
// another and the result does not depend on any order. Slots of an expert id outside [0, E) are
// left out.
#include "cuda/kernels/moe_parameters.hpp"

namespace {

using assay::cuda::MoeRouting;
using assay::cuda::MoeTile;

constexpr int kThreads = 256;
constexpr unsigned kAll = 0xFFFFFFFFu;

// The sum over the block, for every thread.
__device__ int block_sum(int value, int (&sums)[kThreads / 32]) {
  const int total = __reduce_add_sync(kAll, value);
  __syncthreads();
  if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = total;
  __syncthreads();
  int sum = 0;
  for (int warp = 0; warp < kThreads / 32; ++warp)
    sum += sums[warp];
  return sum;
}

__device__ void count_slots(const MoeRouting& call, int* counts) {
  for (int e = threadIdx.x; e < call.num_experts; e += kThreads)
    counts[e] = 0;
  __syncthreads();
  for (int slot = threadIdx.x; slot < call.slots; slot += kThreads) {
    const unsigned expert = call.experts[slot];
    if (expert < static_cast<unsigned>(call.num_experts)) atomicAdd(&counts[expert], 1);
  }
  __syncthreads();
}

// Writes the expert's slots from `base` on, in ascending order.
__device__ void write_slots(const MoeRouting& call, int expert, int base,
                            int (&sums)[kThreads / 32]) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  for (int start = 0; start < call.slots; start += kThreads) {
    const int slot = start + static_cast<int>(threadIdx.x);
    const bool mine = slot < call.slots && call.experts[slot] == expert;
    const unsigned votes = __ballot_sync(kAll, mine);
    __syncthreads();
    if (lane == 0) sums[warp] = __popc(votes);
    __syncthreads();
    int before = base, total = 0;
    for (int w = 0; w < kThreads / 32; ++w) {
      if (w < warp) before += sums[w];
      total += sums[w];
    }
    if (mine) call.grouped[before + __popc(votes & ((1u << lane) - 1))] = slot;
    base += total;
  }
}

}  // namespace

extern "C" __global__ void __launch_bounds__(kThreads)
    moe_route(const __grid_constant__ MoeRouting call) {
  extern __shared__ int counts[];
  __shared__ int sums[kThreads / 32];
  const int expert = blockIdx.x;
  count_slots(call, counts);
  int slots_before = 0, tiles_before = 0;
  for (int e = threadIdx.x; e < expert; e += kThreads) {
    slots_before += counts[e];
    tiles_before += (counts[e] + call.tile_slots - 1) / call.tile_slots;
  }
  const int base = block_sum(slots_before, sums), first_tile = block_sum(tiles_before, sums);
  const int count = counts[expert], tiles = (count + call.tile_slots - 1) / call.tile_slots;
  for (int tile = threadIdx.x; tile < tiles; tile += kThreads) {
    const int first = tile * call.tile_slots;
    call.tiles[first_tile + tile] =
        MoeTile{expert, base + first, min(count - first, call.tile_slots), 0};
  }
  if (threadIdx.x == 0 && expert == call.num_experts - 1) *call.tile_count = first_tile + tiles;
  if (count > 0) write_slots(call, expert, base, sums);
}
