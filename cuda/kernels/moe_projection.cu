// SPDX-License-Identifier: Apache-2.0
// The layer's two matrix kernels, each for up to 8, 16 and 64 slots of an expert (docs/numerics.md,
// section 6): moe_gate_up_N does steps 2 to 5, from hidden_q to mul_q; moe_down_N does step 6. One
// block 64 rows (x) of one tile (y) of the list that routing wrote; blocks past its end return.
#include "cuda/kernels/projection.cuh"
#include "cuda/kernels/silu.cuh"

namespace assay::cuda {
namespace {

template <int Octets>
constexpr int kStages = ring_stages(Octets * 8);

// Rows of activations of the tile's slots.
template <int Octets>
__device__ void list_vectors(const MoeProjectionCall& call, const MoeTile& tile,
                             int (&vectors)[Octets * 8], int (&slots)[Octets * 8]) {
  for (int n = threadIdx.x; n < Octets * 8; n += kBlockThreads) {
    slots[n] = n < tile.count ? call.grouped[tile.first + n] : 0;
    vectors[n] = slots[n] / call.slots_per_row;
  }
  __syncthreads();
}

// Four codes of neighbouring rows, which lanes g, g + 1, g + 2, g + 3 hold, in one word.
__device__ std::uint32_t join_rows(std::uint32_t code, int g) {
  std::uint32_t word = code << 8 * (g % 4);
  word |= __shfl_xor_sync(0xFFFFFFFFu, word, 4);
  return word | __shfl_xor_sync(0xFFFFFFFFu, word, 8);
}

// One projection's stage of row `row`: gate or up.
__device__ float project(const MoeMatrix& matrix, int expert, int rows, int row, float x_scale,
                         float dot) {
  const float* const bias = matrix.bias == nullptr
                                ? nullptr
                                : matrix.bias + static_cast<std::size_t>(expert) * rows + row;
  return scale_and_bias(dot, __fmul_rn(x_scale, matrix.dbl_q_scale[expert]), bias);
}

// act, mul and mul_q; rows of the padding become zero.
template <int Octets>
__device__ void write_mul(const MoeProjectionCall& call, const MoeTile& tile, int row_tile,
                          bool is_active, const int (&slots)[Octets * 8],
                          const Sums<2, Octets>& sums) {
  const int padded = steps_of(call.rows) * kStepColumns;
  if (row_tile * kTileRows >= padded) return;
  const int lane = threadIdx.x % 32, g = lane / 4, place = lane % 4;
  const float down_scale = call.down_scale[tile.expert * call.down_scale_stride];
#pragma unroll
  for (int n = 0; n < Octets; ++n) {
    if (n * 8 >= tile.count) break;
#pragma unroll
    for (int r = 0; r < 4; ++r) {
      const int row = row_tile * kTileRows + g + r / 2 * 8, vector = n * 8 + place * 2 + r % 2;
      std::uint32_t code = 0;
      if (is_active) {
        const float gate = project(call.matrix[0], tile.expert, call.rows, row, call.hidden_scale,
                                   sums.of[0][n][r]);
        const float up = project(call.matrix[1], tile.expert, call.rows, row, call.hidden_scale,
                                 sums.of[1][n][r]);
        code = quantize_e4m3(__fmul_rn(silu(gate), up), down_scale);
      }
      const std::uint32_t word = join_rows(code, g);
      if (g % 4 == 0 && vector < tile.count)
        *reinterpret_cast<std::uint32_t*>(static_cast<std::uint8_t*>(call.out) +
                                          static_cast<std::size_t>(slots[vector]) * padded +
                                          lane_order(row)) = word;
    }
  }
}

template <int Octets>
__device__ void gate_up(const MoeProjectionCall& call) {
  extern __shared__ __align__(16) std::uint8_t shared[];
  __shared__ int vectors[Octets * 8], slots[Octets * 8];
  if (static_cast<int>(blockIdx.y) >= *call.tile_count) return;
  const MoeTile tile = call.tiles[blockIdx.y];
  list_vectors<Octets>(call, tile, vectors, slots);
  Projection<2, Octets, kStages<Octets>> projection(
      call, tile, *reinterpret_cast<Stage<2, Octets>(*)[kStages<Octets>]>(shared), vectors);
  Sums<2, Octets> sums{};
  projection.run(sums);
  write_mul(call, tile, projection.row_tile(), projection.is_active(), slots, sums);
}

template <int Octets>
__device__ void down(const MoeProjectionCall& call) {
  extern __shared__ __align__(16) std::uint8_t shared[];
  __shared__ int vectors[Octets * 8], slots[Octets * 8];
  if (static_cast<int>(blockIdx.y) >= *call.tile_count) return;
  const MoeTile tile = call.tiles[blockIdx.y];
  list_vectors<Octets>(call, tile, vectors, slots);
  Projection<1, Octets, kStages<Octets>> projection(
      call, tile, *reinterpret_cast<Stage<1, Octets>(*)[kStages<Octets>]>(shared), vectors);
  Sums<1, Octets> sums{};
  projection.run(sums);
  if (!projection.is_active()) return;
  const int lane = threadIdx.x % 32, g = lane / 4, place = lane % 4;
  const float scale = call.down_scale[tile.expert * call.down_scale_stride];
#pragma unroll
  for (int n = 0; n < Octets; ++n) {
#pragma unroll
    for (int r = 0; r < 4; ++r) {
      const int row = projection.row_tile() * kTileRows + g + r / 2 * 8;
      const int vector = n * 8 + place * 2 + r % 2;
      if (vector < tile.count)
        static_cast<float*>(call.out)[static_cast<std::size_t>(slots[vector]) * call.rows + row] =
            project(call.matrix[0], tile.expert, call.rows, row, scale, sums.of[0][n][r]);
    }
  }
}

}  // namespace
}  // namespace assay::cuda

#define ASSAY_PROJECTIONS(slots)                                                         \
  extern "C" __global__ void __launch_bounds__(assay::cuda::kBlockThreads, 2)            \
      moe_gate_up_##slots(const __grid_constant__ assay::cuda::MoeProjectionCall call) { \
    assay::cuda::gate_up<slots / 8>(call);                                               \
  }                                                                                      \
  extern "C" __global__ void __launch_bounds__(assay::cuda::kBlockThreads, 2)            \
      moe_down_##slots(const __grid_constant__ assay::cuda::MoeProjectionCall call) {    \
    assay::cuda::down<slots / 8>(call);                                                  \
  }

ASSAY_PROJECTIONS(8)
ASSAY_PROJECTIONS(16)
ASSAY_PROJECTIONS(64)
