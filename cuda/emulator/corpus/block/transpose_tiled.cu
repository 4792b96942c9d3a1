// SPDX-License-Identifier: Apache-2.0
// Matrix transpose through padded 32 x 32 tiles of shared memory; 32- and 16-bit elements.
template <typename T>
__device__ void transpose(const T* in, T* out, int rows, int columns) {
  __shared__ T tile[32][33];
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 32;
  for (int j = threadIdx.y; j < 32; j += 8)
    if (x < columns && y + j < rows) tile[j][threadIdx.x] = in[(y + j) * columns + x];
  __syncthreads();
  const int to_x = blockIdx.y * 32 + threadIdx.x, to_y = blockIdx.x * 32;
  for (int j = threadIdx.y; j < 32; j += 8)
    if (to_x < rows && to_y + j < columns) out[(to_y + j) * rows + to_x] = tile[threadIdx.x][j];
}

extern "C" __global__ void transpose_f32(const float* in, float* out, int rows, int columns) {
  transpose(in, out, rows, columns);
}

extern "C" __global__ void transpose_u16(const unsigned short* in, unsigned short* out, int rows,
                                         int columns) {
  transpose(in, out, rows, columns);
}
