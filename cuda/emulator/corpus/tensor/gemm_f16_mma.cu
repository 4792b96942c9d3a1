// SPDX-License-Identifier: Apache-2.0
// C = A * B, binary16 in, binary32 out: 64 x 64 x 32 tiles in shared memory, four warps of 32 x 32,
// operands by ldmatrix (B transposed on the way), mma.sync m16n8k16. Any shape; shapes whose rows
// are multiples of 16 bytes are loaded in vectors.
#include "cuda/emulator/corpus/ptx.cuh"

constexpr int kTileM = 64, kTileN = 64, kTileK = 32, kPitchA = kTileK + 8, kPitchB = kTileN + 8;

// Eight elements of a row, zero beyond the matrix.
__device__ void load_eight(std::uint16_t* to, const std::uint16_t* matrix, int rows, int columns,
                           int row, int column) {
  if (columns % 8 == 0) {
    const bool inside = row < rows && column < columns;
    *reinterpret_cast<uint4*>(to) =
        inside ? __ldg(reinterpret_cast<const uint4*>(matrix + row * columns + column))
               : make_uint4(0, 0, 0, 0);
    return;
  }
  for (int i = 0; i < 8; ++i)
    to[i] = row < rows && column + i < columns ? matrix[row * columns + column + i] : 0;
}

extern "C" __global__ void gemm_f16_mma(const std::uint16_t* a, const std::uint16_t* b, float* c,
                                        int m, int n, int k) {
  __shared__ __align__(16) std::uint16_t tile_a[kTileM][kPitchA], tile_b[kTileK][kPitchB];
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int warp_m = warp / 2 * 32, warp_n = warp % 2 * 32;
  const int top = blockIdx.y * kTileM, left = blockIdx.x * kTileN;
  float sums[2][4][4] = {};
  for (int start = 0; start < k; start += kTileK) {
    for (int i = threadIdx.x; i < kTileM * kTileK / 8; i += 128)
      load_eight(&tile_a[i / 4][i % 4 * 8], a, m, k, top + i / 4, start + i % 4 * 8);
    for (int i = threadIdx.x; i < kTileK * kTileN / 8; i += 128)
      load_eight(&tile_b[i / 8][i % 8 * 8], b, k, n, start + i / 8, left + i % 8 * 8);
    __syncthreads();
    for (int step = 0; step < kTileK; step += 16) {
      std::uint32_t fragment_a[2][4], fragment_b[2][4];
      for (int i = 0; i < 2; ++i) {
        ldmatrix_x4(fragment_a[i], &tile_a[warp_m + 16 * i + lane % 16][step + lane / 16 * 8]);
        ldmatrix_x4_trans(fragment_b[i],
                          &tile_b[step + lane % 16][warp_n + 16 * i + lane / 16 * 8]);
      }
      for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 4; ++j)
          mma_f16(sums[i][j], fragment_a[i], fragment_b[j / 2][j % 2 * 2],
                  fragment_b[j / 2][j % 2 * 2 + 1]);
    }
    __syncthreads();
  }
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 4; ++j)
      for (int r = 0; r < 4; ++r) {
        const int row = top + warp_m + 16 * i + lane / 4 + r / 2 * 8;
        const int column = left + warp_n + 8 * j + lane % 4 * 2 + r % 2;
        if (row < m && column < n) c[row * n + column] = sums[i][j][r];
      }
}

// One 16 x 8 tile a warp with binary16 sums; B is stored by columns, so no transpose; the result
// leaves through stmatrix.
extern "C" __global__ void gemm_f16_half(const std::uint16_t* a, const std::uint16_t* b,
                                         std::uint16_t* c, int k) {
  __shared__ __align__(16) std::uint16_t tile_a[16][24], tile_b[8][24], tile_c[16][8];
  const int lane = threadIdx.x, n = 8 * gridDim.x;
  std::uint32_t sums[2] = {0, 0};
  for (int start = 0; start < k; start += 16) {
    for (int i = lane; i < 256; i += 32)
      tile_a[i / 16][i % 16] = a[(blockIdx.y * 16 + i / 16) * k + start + i % 16];
    for (int i = lane; i < 128; i += 32)
      tile_b[i / 16][i % 16] = b[(blockIdx.x * 8 + i / 16) * k + start + i % 16];
    __syncwarp();
    std::uint32_t fragment_a[4], fragment_b[2];
    ldmatrix_x4(fragment_a, &tile_a[lane % 16][lane / 16 * 8]);
    ldmatrix_x2(fragment_b, &tile_b[lane % 8][lane / 8 % 2 * 8]);
    asm("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 {%0, %1}, {%2, %3, %4, %5}, {%6, %7}, "
        "{%0, %1};"
        : "+r"(sums[0]), "+r"(sums[1])
        : "r"(fragment_a[0]), "r"(fragment_a[1]), "r"(fragment_a[2]), "r"(fragment_a[3]),
          "r"(fragment_b[0]), "r"(fragment_b[1]));
    __syncwarp();
  }
  stmatrix_x2(&tile_c[lane % 16][0], sums);
  __syncwarp();
  for (int i = lane; i < 128; i += 32)
    c[(blockIdx.y * 16 + i / 8) * n + blockIdx.x * 8 + i % 8] = tile_c[i / 8][i % 8];
}
