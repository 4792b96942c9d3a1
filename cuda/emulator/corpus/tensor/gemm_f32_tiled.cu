// SPDX-License-Identifier: Apache-2.0
// C = A * B in binary32 through 16 x 16 tiles in shared memory: one fused multiply-add a step, k
// ascending, so the result has one value only.
extern "C" __global__ void gemm_f32_tiled(const float* a, const float* b, float* c, int m, int n,
                                          int k) {
  __shared__ float tile_a[16][17], tile_b[16][17];
  const int row = blockIdx.y * 16 + threadIdx.y, column = blockIdx.x * 16 + threadIdx.x;
  float sum = 0.0f;
  for (int start = 0; start < k; start += 16) {
    const int k_a = start + threadIdx.x, k_b = start + threadIdx.y;
    tile_a[threadIdx.y][threadIdx.x] = row < m && k_a < k ? a[row * k + k_a] : 0.0f;
    tile_b[threadIdx.y][threadIdx.x] = column < n && k_b < k ? b[k_b * n + column] : 0.0f;
    __syncthreads();
    const int steps = min(16, k - start);
    for (int i = 0; i < steps; ++i)
      sum = __fmaf_rn(tile_a[threadIdx.y][i], tile_b[i][threadIdx.x], sum);
    __syncthreads();
  }
  if (row < m && column < n) c[row * n + column] = sum;
}
