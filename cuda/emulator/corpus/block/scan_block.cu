// SPDX-License-Identifier: Apache-2.0
// Inclusive and exclusive prefix sums of a block: __shfl_up_sync within warps, then over warps.
__device__ unsigned scan_warp(unsigned value) {
  const unsigned lane = threadIdx.x % 32;
  for (unsigned offset = 1; offset < 32; offset *= 2) {
    const unsigned other = __shfl_up_sync(0xFFFFFFFFu, value, offset);
    if (lane >= offset) value += other;
  }
  return value;
}

extern "C" __global__ void scan_block(const unsigned* in, unsigned count, unsigned* inclusive,
                                      unsigned* exclusive) {
  __shared__ unsigned of_warp[32];
  const unsigned index = blockIdx.x * blockDim.x + threadIdx.x;
  const unsigned value = index < count ? in[index] : 0;
  unsigned sum = scan_warp(value);
  if (threadIdx.x % 32 == 31) of_warp[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x < 32) {
    const bool used = threadIdx.x < blockDim.x / 32;
    const unsigned total = scan_warp(used ? of_warp[threadIdx.x] : 0);
    if (used) of_warp[threadIdx.x] = total;
  }
  __syncthreads();
  if (threadIdx.x >= 32) sum += of_warp[threadIdx.x / 32 - 1];
  if (index >= count) return;
  inclusive[index] = sum;
  exclusive[index] = sum - value;
}

// Hillis and Steele's scan, wholly in shared memory, two buffers in turn.
extern "C" __global__ void scan_shared(const unsigned* in, unsigned count, unsigned* inclusive) {
  __shared__ unsigned buffers[2][256];
  const unsigned lane = threadIdx.x;
  int current = 0;
  buffers[0][lane] = lane < count ? in[lane] : 0;
  for (unsigned offset = 1; offset < blockDim.x; offset *= 2) {
    __syncthreads();
    const unsigned own = buffers[current][lane];
    buffers[1 - current][lane] = lane >= offset ? own + buffers[current][lane - offset] : own;
    current = 1 - current;
  }
  if (lane < count) inclusive[lane] = buffers[current][lane];
}
