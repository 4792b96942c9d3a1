// SPDX-License-Identifier: Apache-2.0
// The k largest of each row, a warp a row: each lane holds up to eight scores, the best lane is
// found by shuffles; among equals the lowest index wins. A NaN is never chosen before a number.
__device__ bool better(float a, int index_a, float b, int index_b) {
  return a > b || (a == b && index_a < index_b);
}

extern "C" __global__ void top_k_cooperative(const float* scores, int rows, int columns, int k,
                                             int* indices, float* values) {
  const int lane = threadIdx.x, row = blockIdx.x * blockDim.y + threadIdx.y;
  if (row >= rows) return;
  float own[8];
  for (int j = 0; j < 8; ++j) {
    const int column = j * 32 + lane;
    own[j] = column < columns ? scores[row * columns + column] : -INFINITY;
  }
  for (int round = 0; round < k; ++round) {
    float best = -INFINITY;
    int index = columns + lane;
    for (int j = 0; j < 8; ++j)
      if (better(own[j], j * 32 + lane, best, index)) {
        best = own[j];
        index = j * 32 + lane;
      }
    for (int offset = 16; offset > 0; offset /= 2) {
      const float other = __shfl_xor_sync(0xFFFFFFFFu, best, offset);
      const int other_index = __shfl_xor_sync(0xFFFFFFFFu, index, offset);
      if (better(other, other_index, best, index)) {
        best = other;
        index = other_index;
      }
    }
    for (int j = 0; j < 8; ++j)
      if (j * 32 + lane == index) own[j] = -INFINITY;
    if (lane == 0) {
      indices[row * k + round] = index;
      values[row * k + round] = best;
    }
  }
}
