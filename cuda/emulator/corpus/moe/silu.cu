// SPDX-License-Identifier: Apache-2.0
// y[i] = silu(x[i]), a thread an element.
#include "cuda/kernels/silu.cuh"

extern "C" __global__ void silu(const float* x, int count, float* y) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < count) y[i] = assay::kernels::silu(x[i]);
}
