// SPDX-License-Identifier: Apache-2.0
// The main loop of the projections: dots of up to 8 * Octets activation vectors with the rows of
// one or two NVFP4 matrices, under contract block_fma (docs/numerics.md, section 4), always.
//
// One scale group is 16 columns, the K of mma.sync.m16n8k16. With C = 0 and unscaled operands the
// tensor core is asked for a sum of 16 exact products that fits binary32, so that every order and
// precision that the PTX ISA allows returns the same bits; fma.rn then applies the scale, groups in
// order. Nothing is split: one warp walks the whole K of its 16 rows, so a token's bits depend
// neither on the other tokens nor on the launch.
//
// A block is four warps, 64 rows. Chunks of 256 columns go through shared memory in a ring of
// cp.async stages: weights in packed order, each warp its own; activations for all of them.
#pragma once

#include "cuda/kernels/async_copy.cuh"
#include "cuda/kernels/convert.cuh"
#include "cuda/kernels/lane_order.hpp"
#include "cuda/kernels/moe_parameters.hpp"
#include "cuda/kernels/projection_shape.hpp"

namespace assay::cuda {

// What one stage of the ring holds.
template <int Matrices, int Octets>
struct Stage {
  uint4 codes[kWarps][Matrices][kChunkSteps][32];
  uint2 scales[kWarps][Matrices][kChunkSteps][8];
  std::uint8_t activations[Octets * 8][kActivationPitch];
};
static_assert(sizeof(Stage<2, 1>) == stage_bytes(2, 8) &&
              sizeof(Stage<1, 8>) == stage_bytes(1, 64));

// Sums of the fragment's four elements: rows g, g, g + 8, g + 8; vectors 2p, 2p + 1 of an octet.
template <int Matrices, int Octets>
struct Sums {
  float of[Matrices][Octets][4];
};

// d = a b + 0 of one group (PTX ISA, "mma").
__device__ inline void multiply_group(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                                      std::uint32_t b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%10, %10, %10, %10};"
      : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1), "f"(0.0f));
}

template <int Matrices, int Octets, int Stages>
class Projection {
 public:
  using Ring = Stage<Matrices, Octets>[Stages];

  __device__ Projection(const MoeProjectionCall& call, const MoeTile& tile, Ring& ring,
                        const int (&rows)[Octets * 8])
      : call_(call), tile_(tile), ring_(ring), vectors_(rows) {}

  // The warp's 16 rows: a tile of the matrix, or past its end.
  __device__ int row_tile() const { return blockIdx.x * kWarps + threadIdx.x / 32; }
  __device__ bool is_active() const { return row_tile() * kTileRows < call_.rows; }

  __device__ void run(Sums<Matrices, Octets>& sums) {
    const int chunks = (call_.steps + kChunkSteps - 1) / kChunkSteps;
    for (int stage = 0; stage < Stages - 1; ++stage)
      fetch(stage, chunks);
    for (int chunk = 0; chunk < chunks; ++chunk) {
      await_copies<Stages - 2>();
      __syncthreads();  // chunk is there for all warps, and nobody reads the stage before it
      fetch(chunk + Stages - 1, chunks);
      if (is_active()) multiply(chunk, sums);
    }
  }

 private:
  __device__ void fetch(int chunk, int chunks) {
    if (chunk < chunks) {
      auto& stage = ring_[chunk % Stages];
      fetch_activations(chunk, stage);
      if (is_active())
        for (int m = 0; m < Matrices; ++m)
          fetch_weights(chunk, m, stage);
    }
    commit_copies();  // an empty group keeps the count
  }

  __device__ int steps_in(int chunk) const {
    return min(kChunkSteps, call_.steps - chunk * kChunkSteps);
  }

  // 16 bytes a thread; vectors past the tile's count become zero.
  __device__ void fetch_activations(int chunk, Stage<Matrices, Octets>& stage) const {
    const int bytes = steps_in(chunk) * kStepColumns;
    for (int i = threadIdx.x; i < Octets * 8 * kChunkColumns / 16; i += kBlockThreads) {
      const int n = i / (kChunkColumns / 16), at = i % (kChunkColumns / 16) * 16;
      if (at >= bytes || n >= (tile_.count + 7) / 8 * 8) continue;
      const std::size_t column = static_cast<std::size_t>(chunk) * kChunkColumns + at;
      copy_async(&stage.activations[n][at],
                 call_.activations +
                     static_cast<std::size_t>(vectors_[n]) * call_.steps * kStepColumns + column,
                 n < tile_.count);
    }
  }

  __device__ void fetch_weights(int chunk, int m, Stage<Matrices, Octets>& stage) const {
    const MoeMatrix& matrix = call_.matrix[m];
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, steps = steps_in(chunk);
    const std::size_t tile =
        static_cast<std::size_t>(tile_.expert) * (call_.rows / kTileRows) + row_tile();
    const std::size_t first = tile * call_.steps + static_cast<std::size_t>(chunk) * kChunkSteps;
    for (int step = 0; step < steps; ++step)
      copy_async(&stage.codes[warp][m][step][lane],
                 matrix.codes + (first + step) * kStepCodeBytes + lane * 16);
    if (lane < steps * kStepScaleBytes / 16)
      copy_async(&stage.scales[warp][m][0][lane * 2],
                 matrix.scales + first * kStepScaleBytes + lane * 16);
  }

  __device__ void multiply(int chunk, Sums<Matrices, Octets>& sums) const {
    const auto& stage = ring_[chunk % Stages];
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, g = lane / 4, place = lane % 4;
    const int steps = steps_in(chunk);
    for (int step = 0; step < steps; ++step) {
      uint4 vectors[Octets];
#pragma unroll
      for (int n = 0; n < Octets; ++n)
        if (n * 8 < tile_.count)
          vectors[n] = *reinterpret_cast<const uint4*>(
              &stage.activations[n * 8 + g][step * kStepColumns + place * 16]);
#pragma unroll
      for (int m = 0; m < Matrices; ++m)
        multiply_step(stage.codes[warp][m][step][lane], stage.scales[warp][m][step][g], vectors,
                      sums.of[m]);
    }
  }

  __device__ void multiply_step(const uint4& codes, const uint2& scales,
                                const uint4 (&vectors)[Octets], float (&sums)[Octets][4]) const {
    const std::uint32_t words[4] = {codes.x, codes.y, codes.z, codes.w};
    const std::uint32_t pairs[4] = {scales.x & 0xFFFF, scales.x >> 16, scales.y & 0xFFFF,
                                    scales.y >> 16};
#pragma unroll
    for (int group = 0; group < 4; ++group) {
      const std::uint32_t word = words[group];
      const std::uint32_t a[4] = {e2m1x2_to_f16x2(word & 0xFF), e2m1x2_to_f16x2(word >> 16 & 0xFF),
                                  e2m1x2_to_f16x2(word >> 8 & 0xFF), e2m1x2_to_f16x2(word >> 24)};
      const float2 scale = e4m3x2_to_f32x2(pairs[group]);
#pragma unroll
      for (int n = 0; n < Octets; ++n) {
        if (n * 8 >= tile_.count) break;
        const std::uint32_t four = group == 0   ? vectors[n].x
                                   : group == 1 ? vectors[n].y
                                   : group == 2 ? vectors[n].z
                                                : vectors[n].w;
        float dots[4];
        multiply_group(dots, a, e4m3x2_to_f16x2(four & 0xFFFF), e4m3x2_to_f16x2(four >> 16));
        sums[n][0] = __fmaf_rn(dots[0], scale.x, sums[n][0]);
        sums[n][1] = __fmaf_rn(dots[1], scale.x, sums[n][1]);
        sums[n][2] = __fmaf_rn(dots[2], scale.y, sums[n][2]);
        sums[n][3] = __fmaf_rn(dots[3], scale.y, sums[n][3]);
      }
    }
  }

  const MoeProjectionCall& call_;
  const MoeTile& tile_;
  Ring& ring_;
  const int (&vectors_)[Octets * 8];  // rows of activations
};

// dot, then fl(dot * scale), then fl(+ bias).
__device__ inline float scale_and_bias(float dot, float scale, const float* bias) {
  const float scaled = __fmul_rn(dot, scale);
  return bias == nullptr ? scaled : __fadd_rn(scaled, *bias);
}

}  // namespace assay::cuda
