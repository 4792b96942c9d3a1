// SPDX-License-Identifier: Apache-2.0
// Weights into the order that the projections read (lane_order.hpp). Bytes are moved, none is
// changed; what stands beyond K becomes zero.
#include "cuda/kernels/lane_order.hpp"
#include "cuda/kernels/moe_parameters.hpp"

using assay::cuda::kStepColumns;
using assay::cuda::MoePrepack;

// One thread a lane of a step.
extern "C" __global__ void moe_prepack_codes(const __grid_constant__ MoePrepack call) {
  const std::int64_t item = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (item >= call.tiles * call.steps * 32) return;
  const int lane = item % 32, g = lane / 4, place = lane % 4;
  const int step = item / 32 % call.steps;
  const std::int64_t row = item / 32 / call.steps * assay::cuda::kTileRows + g;
  const std::uint8_t* const low = call.codes + row * (call.columns / 2);
  const std::uint8_t* const high = low + 8 * (call.columns / 2);
  std::uint32_t words[4];
  for (int group = 0; group < 4; ++group) {
    const int k = step * kStepColumns + group * 16 + place * 4;
    words[group] = 0;
    if (k < call.columns)
      words[group] = *reinterpret_cast<const std::uint16_t*>(low + k / 2) |
                     *reinterpret_cast<const std::uint16_t*>(high + k / 2) << 16;
  }
  reinterpret_cast<uint4*>(call.packed_codes)[item] = {words[0], words[1], words[2], words[3]};
}

// One thread a pair of rows, g and g + 8, of a step.
extern "C" __global__ void moe_prepack_scales(const __grid_constant__ MoePrepack call) {
  const std::int64_t item = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (item >= call.tiles * call.steps * 8) return;
  const int g = item % 8, step = item / 8 % call.steps, blocks = call.columns / 16;
  const std::int64_t row = item / 8 / call.steps * assay::cuda::kTileRows + g;
  std::uint64_t packed = 0;
  for (int group = 0; group < 4; ++group) {
    const int block = step * 4 + group;
    if (block >= blocks) break;
    const std::uint64_t low = call.scales[row * blocks + block];
    const std::uint64_t high = call.scales[(row + 8) * blocks + block];
    packed |= (low | high << 8) << 16 * group;
  }
  reinterpret_cast<std::uint64_t*>(call.packed_scales)[item] = packed;
}
