// SPDX-License-Identifier: Apache-2.0
// Decode: up to eight tokens against NVFP4 weights. Weights are the A operand, prepacked so that
// one 16-byte load of a lane holds its fragments of four groups; four warps share the depth in a
// fixed split, and their sums are added in the order of warps.
#include "cuda/emulator/corpus/moe/narrow.cuh"

constexpr int kWarps = 4;

__device__ uint4 load_streaming(const uint4* address) {
  uint4 v;
  asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(address));
  return v;
}

// fragments[tile of 16 rows][64 of depth][lane], scales[tile][64 of depth][8]: x is row g, y row g
// + 8.
extern "C" __global__ void moe_decode_tile(const uint4* fragments, const uint2* scales,
                                           const std::uint8_t* tokens, int count, int depth,
                                           float* out, int rows) {
  __shared__ float partial[kWarps][32][4];
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4, place = lane % 4;
  const int steps = depth / 64, per_warp = (steps + kWarps - 1) / kWarps;
  const std::uint8_t* const token = tokens + (g < count ? g : 0) * depth;
  float sums[4] = {};
  for (int step = warp * per_warp; step < min((warp + 1) * per_warp, steps); ++step) {
    const int at = blockIdx.x * steps + step;
    const uint4 packed = load_streaming(fragments + at * 32 + lane);
    const uint2 pair = __ldg(scales + at * 8 + g);
    const std::uint32_t words[4] = {packed.x, packed.y, packed.z, packed.w};
    for (int group = 0; group < 4; ++group) {
      std::uint32_t a[4], b[2];
      for (int r = 0; r < 4; ++r)
        a[r] = weights(words[group] >> 8 * r & 0xFF);
      for (int r = 0; r < 2; ++r) {
        const int k = step * 64 + group * 16 + r * 8 + place * 2;
        b[r] = g < count ? activations(*reinterpret_cast<const std::uint16_t*>(token + k)) : 0;
      }
      add_group(sums, a, b[0], b[1], scale(pair.x >> 8 * group & 0xFF),
                scale(pair.y >> 8 * group & 0xFF));
    }
  }
  for (int r = 0; r < 4; ++r)
    partial[warp][lane][r] = sums[r];
  __syncthreads();
  if (warp != 0) return;
  for (int r = 0; r < 4; ++r) {
    float sum = partial[0][lane][r];
    for (int other = 1; other < kWarps; ++other)
      sum = __fadd_rn(sum, partial[other][lane][r]);
    const int row = blockIdx.x * 16 + g + r / 2 * 8, column = place * 2 + r % 2;
    if (column < count) out[column * rows + row] = sum;
  }
}
