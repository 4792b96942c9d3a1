// SPDX-License-Identifier: Apache-2.0
// 3 x 3 stencil with a halo in shared memory; edges repeat. Nine fused multiply-adds, row by row.
constexpr int kTile = 16;
__constant__ float weights[9];

__device__ int clamp(int value, int high) {
  return min(max(value, 0), high);
}

extern "C" __global__ void stencil_2d(const float* in, float* out, int height, int width) {
  __shared__ float tile[kTile + 2][kTile + 2];
  const int left = blockIdx.x * kTile, top = blockIdx.y * kTile;
  for (int i = threadIdx.y * kTile + threadIdx.x; i < (kTile + 2) * (kTile + 2);
       i += kTile * kTile) {
    const int y = i / (kTile + 2), x = i % (kTile + 2);
    tile[y][x] = in[clamp(top + y - 1, height - 1) * width + clamp(left + x - 1, width - 1)];
  }
  __syncthreads();
  const int x = left + threadIdx.x, y = top + threadIdx.y;
  if (x >= width || y >= height) return;
  float sum = 0.0f;
  for (int dy = 0; dy < 3; ++dy)
    for (int dx = 0; dx < 3; ++dx)
      sum = __fmaf_rn(weights[3 * dy + dx], tile[threadIdx.y + dy][threadIdx.x + dx], sum);
  out[y * width + x] = sum;
}
