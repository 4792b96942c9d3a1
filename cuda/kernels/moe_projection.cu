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

// The warp's sums in shared memory, where the ring was: a fragment's lane holds rows g and g + 8 of
// two vectors, but writing wants neighbouring rows of one. The pitch keeps both sides free of
// conflicts.
constexpr int kParkedPitch = 20;
template <int Matrices, int Octets>
using Parked = float[Matrices][Octets * 8][kParkedPitch];

template <int Matrices, int Octets>
__device__ const Parked<Matrices, Octets>& park(const Sums<Matrices, Octets>& sums, void* shared) {
  static_assert(kWarps * sizeof(Parked<Matrices, Octets>) <= sizeof(Stage<Matrices, Octets>) * 2);
  auto& parked = static_cast<Parked<Matrices, Octets>*>(shared)[threadIdx.x / 32];
  const int lane = threadIdx.x % 32, g = lane / 4, place = lane % 4;
  __syncthreads();  // no warp reads the ring any more
#pragma unroll
  for (int m = 0; m < Matrices; ++m)
#pragma unroll
    for (int n = 0; n < Octets; ++n)
#pragma unroll
      for (int r = 0; r < 4; ++r)
        parked[m][n * 8 + place * 2 + r % 2][g + r / 2 * 8] = sums.of[m][n][r];
  __syncwarp();
  return parked;
}

// Of an octet, a lane writes four rows of one vector.
__device__ inline int lane_vector() {
  return threadIdx.x % 8;
}
__device__ inline int lane_row() {
  return threadIdx.x % 32 / 8 * 4;
}

// The lane's rows of a vector, by one load of 16 bytes: apart, they would meet in a bank.
__device__ inline void load_rows(const float (&parked)[kParkedPitch], float (&rows)[4]) {
  const float4 four = *reinterpret_cast<const float4*>(&parked[lane_row()]);
  rows[0] = four.x, rows[1] = four.y, rows[2] = four.z, rows[3] = four.w;
}

// What the dots of a projection are multiplied by.
__device__ float scale_of(const MoeMatrix& matrix, int expert, float x_scale) {
  return __fmul_rn(x_scale, matrix.dbl_q_scale[expert]);
}

// One projection's stage of row `row`: gate, up or down.
__device__ float project(const MoeMatrix& matrix, int expert, int rows, int row, float scale,
                         float dot) {
  const float* const bias = matrix.bias == nullptr
                                ? nullptr
                                : matrix.bias + static_cast<std::size_t>(expert) * rows + row;
  return scale_and_bias(dot, scale, bias);
}

struct MulScales {
  float gate, up, down;
};

// act, mul and mul_q of one row and vector, as a code.
__device__ std::uint32_t multiply_and_quantize(const MoeProjectionCall& call, int expert, int row,
                                               float gate_dot, float up_dot,
                                               const MulScales& scales) {
  const float gate = project(call.matrix[0], expert, call.rows, row, scales.gate, gate_dot);
  const float up = project(call.matrix[1], expert, call.rows, row, scales.up, up_dot);
  return quantize_e4m3(__fmul_rn(kernels::silu(gate), up), scales.down);
}

// mul_q of the warp's rows; those of the padding become zero.
template <int Octets>
__device__ void write_mul(const MoeProjectionCall& call, const MoeTile& tile, int row_tile,
                          bool is_active, const int (&slots)[Octets * 8],
                          const Parked<2, Octets>& dots) {
  const int padded = steps_of(call.rows) * kStepColumns, row = row_tile * kTileRows + lane_row();
  if (row_tile * kTileRows >= padded) return;
  const MulScales scales{scale_of(call.matrix[0], tile.expert, call.hidden_scale),
                         scale_of(call.matrix[1], tile.expert, call.hidden_scale),
                         call.down_scale[tile.expert * call.down_scale_stride]};
#pragma unroll 1
  for (int vector = lane_vector(); vector < tile.count; vector += 8) {
    float gates[4], ups[4];
    load_rows(dots[0][vector], gates);
    load_rows(dots[1][vector], ups);
    std::uint32_t word = 0;
#pragma unroll
    for (int r = 0; r < 4; ++r)
      if (is_active)
        word |= multiply_and_quantize(call, tile.expert, row + r, gates[r], ups[r], scales)
                << 8 * r;
    *reinterpret_cast<std::uint32_t*>(static_cast<std::uint8_t*>(call.out) +
                                      static_cast<std::size_t>(slots[vector]) * padded +
                                      lane_order(row)) = word;
  }
}

template <int Octets>
__device__ void write_down(const MoeProjectionCall& call, const MoeTile& tile, int row_tile,
                           const int (&slots)[Octets * 8], const Parked<1, Octets>& dots) {
  const int row = row_tile * kTileRows + lane_row();
  const float scale =
      scale_of(call.matrix[0], tile.expert, call.down_scale[tile.expert * call.down_scale_stride]);
#pragma unroll 1
  for (int vector = lane_vector(); vector < tile.count; vector += 8) {
    float values[4];
    load_rows(dots[0][vector], values);
#pragma unroll
    for (int r = 0; r < 4; ++r)
      values[r] = project(call.matrix[0], tile.expert, call.rows, row + r, scale, values[r]);
    *reinterpret_cast<float4*>(static_cast<float*>(call.out) +
                               static_cast<std::size_t>(slots[vector]) * call.rows +
                               row) = {values[0], values[1], values[2], values[3]};
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
  write_mul<Octets>(call, tile, projection.row_tile(), projection.is_active(), slots,
                    park(sums, shared));
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
  const auto& dots = park(sums, shared);
  if (projection.is_active()) write_down<Octets>(call, tile, projection.row_tile(), slots, dots);
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
