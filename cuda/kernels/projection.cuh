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

// What one stage of the ring holds. Eight neighbouring lanes read, and copy, 128 bytes in a row.
template <int Matrices, int Octets>
struct Stage {
  uint4 codes[kWarps][Matrices][kChunkSteps][32];
  uint2 scales[kWarps][Matrices][kChunkSteps][8];
  uint4 activations[kChunkSteps][Octets * 8][4];  // of a step: vectors, places (lane_order.hpp)
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

// One word of four.
__device__ inline std::uint32_t word_of(const uint4& words, int i) {
  return i == 0 ? words.x : i == 1 ? words.y : i == 2 ? words.z : words.w;
}

template <int Matrices, int Octets, int Stages>
class Projection {
 public:
  using Ring = Stage<Matrices, Octets>[Stages];

  __device__ Projection(const MoeProjectionCall& call, const MoeTile& tile, Ring& ring,
                        const int (&rows)[Octets * 8])
      : call_(call), tile_(tile), ring_(ring), vectors_(rows) {
    const std::size_t first = static_cast<std::size_t>(tile.expert) * (call.rows / kTileRows) +
                              row_tile();  // of all tiles of 16 rows
    for (int m = 0; m < Matrices; ++m) {
      codes_[m] = call.matrix[m].codes + first * call.steps * kStepCodeBytes + lane() * 16;
      scales_[m] = call.matrix[m].scales + first * call.steps * kStepScaleBytes + lane() * 16;
    }
  }

  // The warp's 16 rows: a tile of the matrix, or past its end.
  __device__ int row_tile() const { return blockIdx.x * kWarps + warp(); }
  __device__ bool is_active() const { return row_tile() * kTileRows < call_.rows; }

  // With loops for as few octets of vectors as the tile's slots need, or a few more.
  template <int Active = 1>
  __device__ void run(Sums<Matrices, Octets>& sums) {
    constexpr int kNext = Active + (Active + 1) / 2;  // 1, 2, 3, 5, 8
    if constexpr (Active >= Octets) {
      walk<Octets>(sums);
    } else if (tile_.count <= Active * 8) {
      walk<Active>(sums);
    } else {
      run<kNext>(sums);
    }
  }

 private:
  static __device__ int lane() { return threadIdx.x % 32; }
  static __device__ int warp() { return threadIdx.x / 32; }

  template <int Active>
  __device__ void walk(Sums<Matrices, Octets>& sums) {
    const int chunks = (call_.steps + kChunkSteps - 1) / kChunkSteps;
    const std::uint8_t* vectors[Active];
    find_vectors(vectors);
    for (int stage = 0; stage < Stages - 1; ++stage)
      fetch(stage, chunks, vectors);
    for (int chunk = 0; chunk < chunks; ++chunk) {
      await_copies<Stages - 2>();
      __syncthreads();  // chunk is there for all warps, and nobody reads the stage before it
      fetch(chunk + Stages - 1, chunks, vectors);
      if (is_active()) multiply<Active>(chunk, sums);
    }
  }

  // Of the Active * 128 pieces of 16 bytes that a chunk has, thread t copies numbers t, t + 128,
  // ... in the order of steps, vectors, places.
  template <int Active>
  struct Piece {
    __device__ explicit Piece(int i)
        : step((i * kBlockThreads + threadIdx.x) / (Active * 32)),
          vector((i * kBlockThreads + threadIdx.x) / 4 % (Active * 8)),
          place(threadIdx.x % 4) {}
    int step, vector, place;
  };

  // Where each of the thread's pieces of the first chunk is.
  template <int Active>
  __device__ void find_vectors(const std::uint8_t* (&vectors)[Active]) const {
#pragma unroll
    for (int i = 0; i < Active; ++i) {
      const Piece<Active> piece(i);
      vectors[i] = call_.activations +
                   static_cast<std::size_t>(vectors_[piece.vector]) * call_.steps * kStepColumns +
                   piece.step * kStepColumns + piece.place * 16;
    }
  }

  template <int Active>
  __device__ void fetch(int chunk, int chunks, const std::uint8_t* const (&vectors)[Active]) const {
    if (chunk < chunks) {
      auto& stage = ring_[chunk % Stages];
      const int steps = steps_in(chunk);
      fetch_activations(chunk, steps, vectors, stage);
      if (is_active())
        for (int m = 0; m < Matrices; ++m)
          fetch_weights(chunk, steps, m, stage);
    }
    commit_copies();  // an empty group keeps the count
  }

  __device__ int steps_in(int chunk) const {
    return min(kChunkSteps, call_.steps - chunk * kChunkSteps);
  }

  // Vectors past the tile's count become zero.
  template <int Active>
  __device__ void fetch_activations(int chunk, int steps,
                                    const std::uint8_t* const (&vectors)[Active],
                                    Stage<Matrices, Octets>& stage) const {
#pragma unroll
    for (int i = 0; i < Active; ++i) {
      const Piece<Active> piece(i);
      if (piece.step < steps)
        copy_async(&stage.activations[piece.step][piece.vector][piece.place],
                   vectors[i] + chunk * kChunkColumns, piece.vector < tile_.count);
    }
  }

  __device__ void fetch_weights(int chunk, int steps, int m, Stage<Matrices, Octets>& stage) const {
    const std::size_t first = static_cast<std::size_t>(chunk) * kChunkSteps;
#pragma unroll
    for (int step = 0; step < kChunkSteps; ++step)
      if (step < steps)
        copy_async(&stage.codes[warp()][m][step][lane()],
                   codes_[m] + (first + step) * kStepCodeBytes);
    if (lane() < steps * kStepScaleBytes / 16)
      copy_async(&stage.scales[warp()][m][0][lane() * 2], scales_[m] + first * kStepScaleBytes);
  }

  template <int Active>
  __device__ void multiply(int chunk, Sums<Matrices, Octets>& sums) const {
    const auto& stage = ring_[chunk % Stages];
    const int g = lane() / 4, place = lane() % 4, steps = steps_in(chunk);
#pragma unroll(Active* Matrices > 4 ? 1 : kChunkSteps)
    for (int step = 0; step < steps; ++step) {
      uint4 vectors[Active], codes[Matrices];
      uint2 scales[Matrices];
#pragma unroll
      for (int n = 0; n < Active; ++n)
        vectors[n] = stage.activations[step][n * 8 + g][place];
#pragma unroll
      for (int m = 0; m < Matrices; ++m) {
        codes[m] = stage.codes[warp()][m][step][lane()];
        scales[m] = stage.scales[warp()][m][step][g];
      }
      multiply_step(codes, scales, vectors, sums);
    }
  }

  template <int Active>
  __device__ void multiply_step(const uint4 (&codes)[Matrices], const uint2 (&scales)[Matrices],
                                const uint4 (&vectors)[Active],
                                Sums<Matrices, Octets>& sums) const {
#pragma unroll
    for (int group = 0; group < 4; ++group) {
      std::uint32_t b[Active][2];
#pragma unroll
      for (int n = 0; n < Active; ++n)
        e4m3x4_to_f16x2(word_of(vectors[n], group), b[n]);
#pragma unroll
      for (int m = 0; m < Matrices; ++m) {
        std::uint32_t bytes[4], pairs[2];
        e2m1x8_to_f16x2(word_of(codes[m], group), bytes);
        e4m3x4_to_f16x2(group < 2 ? scales[m].x : scales[m].y, pairs);
        const std::uint32_t a[4] = {bytes[0], bytes[2], bytes[1], bytes[3]};
        const float2 scale = f16x2_to_f32x2(pairs[group % 2]);
#pragma unroll
        for (int n = 0; n < Active; ++n) {
          float dots[4];
          multiply_group(dots, a, b[n][0], b[n][1]);
          scale_and_add(dots, scale, sums.of[m][n]);
        }
      }
    }
  }

  static __device__ void scale_and_add(const float (&dots)[4], float2 scale, float (&sums)[4]) {
    sums[0] = __fmaf_rn(dots[0], scale.x, sums[0]);
    sums[1] = __fmaf_rn(dots[1], scale.x, sums[1]);
    sums[2] = __fmaf_rn(dots[2], scale.y, sums[2]);
    sums[3] = __fmaf_rn(dots[3], scale.y, sums[3]);
  }

  const MoeProjectionCall& call_;
  const MoeTile& tile_;
  Ring& ring_;
  const int (&vectors_)[Octets * 8];                         // rows of activations
  const std::uint8_t *codes_[Matrices], *scales_[Matrices];  // the lane's, of the warp's rows
};

// dot, then fl(dot * scale), then fl(+ bias).
__device__ inline float scale_and_bias(float dot, float scale, const float* bias) {
  const float scaled = __fmul_rn(dot, scale);
  return bias == nullptr ? scaled : __fadd_rn(scaled, *bias);
}

}  // namespace assay::cuda
