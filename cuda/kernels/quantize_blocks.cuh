// SPDX-License-Identifier: Apache-2.0
// The frame of every block quantization: loads, the maximum of each block, stores. A recipe gives
// the arithmetic:
//   Codes                    E2m1Codes or E4m3Codes
//   kBlockSize               16 or 32
//   block(amax_bits)         of a block: the scale's code, and the step that elements() takes
//   elements(values, step)   what is rounded to codes
//
// A warp takes 32 blocks, of which each lane decides the scale of one. It loads 128 values a round,
// 16 bytes a lane, so that kLanes neighbours hold one block; lane `place` of them owns the block of
// round `place`. All 32 scales are then one sector, and codes are whole sectors each round.
#pragma once

#include "cuda/kernels/quantize_codes.cuh"
#include "cuda/kernels/quantize_magnitude.cuh"
#include "cuda/kernels/quantize_parameters.hpp"

namespace assay::cuda {

struct BlockStep {
  std::uint32_t scale;
  float step;
};

// Where a lane stands among the blocks of its warp.
template <int BlockSize>
struct WarpBlocks {
  static constexpr int kLanes = BlockSize / 4;  // of a block, and rounds
  static constexpr int kGroups = 32 / kLanes;   // blocks of a round
  static constexpr unsigned kAll = 0xFFFFFFFFu;

  const int lane = threadIdx.x % 32, group = lane / kLanes, place = lane % kLanes;
  const std::int64_t first =
      (static_cast<std::int64_t>(blockIdx.x) * (kQuantizeThreads / 32) + threadIdx.x / 32) *
      kWarpBlocks;

  __device__ std::int64_t block(int round) const { return first + round * kGroups + group; }
  __device__ std::int64_t own_block() const { return block(place); }
  // Of the lane's four values in units of four.
  __device__ std::int64_t quad(int round) const { return block(round) * kLanes + place; }
  // What the owner of this round's block holds.
  __device__ float of_owner(float own, int round) const {
    return __shfl_sync(kAll, own, round, kLanes);
  }
  __device__ std::uint32_t block_max(std::uint32_t bits) const {
#pragma unroll
    for (int distance = 1; distance < kLanes; distance *= 2)
      bits = max(bits, __shfl_xor_sync(kAll, bits, distance));
    return bits;
  }
};

__device__ inline void report_invalid(QuantizeStatus* status, std::int64_t index) {
  atomicMin(reinterpret_cast<unsigned long long*>(&status->first_invalid),
            static_cast<unsigned long long>(index));
}

// The first NaN or infinite value of four, of which there is one.
__device__ inline void report_not_finite(QuantizeStatus* status, const float4& values,
                                         std::int64_t quad) {
  const float all[] = {values.x, values.y, values.z, values.w};
  int i = 0;
  while (i < 3 && magnitude(all[i]) < kInfinityBits)
    ++i;
  report_invalid(status, quad * 4 + i);
}

template <class Recipe>
__device__ void quantize_blocks(const BlocksCall& call, const Recipe& recipe) {
  using Codes = typename Recipe::Codes;
  const WarpBlocks<Recipe::kBlockSize> warp;
  if (warp.first >= call.blocks) return;
  float4 values[warp.kLanes];
#pragma unroll
  for (int round = 0; round < warp.kLanes; ++round)
    values[round] = warp.block(round) < call.blocks
                        ? reinterpret_cast<const float4*>(call.values)[warp.quad(round)]
                        : float4{};
  std::uint32_t amax_bits = 0;
#pragma unroll
  for (int round = 0; round < warp.kLanes; ++round) {
    const std::uint32_t bits = max_magnitude(values[round]);
    if (bits >= kInfinityBits) report_not_finite(call.status, values[round], warp.quad(round));
    const std::uint32_t block_bits = warp.block_max(bits);
    if (warp.place == round) amax_bits = block_bits;
  }
  const BlockStep own = recipe.block(amax_bits);
  if (warp.own_block() < call.blocks)
    call.block_scales[warp.own_block()] = static_cast<std::uint8_t>(own.scale);
#pragma unroll
  for (int round = 0; round < warp.kLanes; ++round) {
    const float step = warp.of_owner(own.step, round);
    if (warp.block(round) < call.blocks)
      reinterpret_cast<typename Codes::Word*>(call.codes)[warp.quad(round)] =
          Codes::encode(recipe.elements(values[round], step));
  }
}

}  // namespace assay::cuda
