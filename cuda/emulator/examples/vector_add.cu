// SPDX-License-Identifier: Apache-2.0
// The kernel of both examples: c = a + b.
extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int count) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) c[i] = a[i] + b[i];
}
