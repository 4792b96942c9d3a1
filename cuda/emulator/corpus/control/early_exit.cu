// SPDX-License-Identifier: Apache-2.0
// Threads that leave early: the rest of the block meets at __syncthreads (a thread that has exited
// counts as arrived), the rest of a warp shuffles and votes among themselves.
extern "C" __global__ void early_exit(const int* in, int count, int* out) {
  __shared__ int kept[256];
  const int i = threadIdx.x;
  const unsigned staying = __ballot_sync(0xFFFFFFFFu, i < count);
  if (i >= count) return;
  const unsigned lanes = __ballot_sync(staying, true);
  kept[i] = in[i];
  __syncthreads();
  const int neighbour = kept[(i + 1) % count];
  if (i % 4 == 3) {
    out[i] = -neighbour;
    return;
  }
  __syncthreads();
  kept[i] = in[i] + neighbour;
  __syncthreads();
  const int partner = i ^ 1;
  const bool partnered = partner < count && partner % 4 != 3;
  out[i] = kept[partnered ? partner : i] + (lanes >> (i % 32) & 1);
}

// Half of each warp leaves; the other half sums among itself.
extern "C" __global__ void half_exit(const int* in, int* sums) {
  const unsigned lane = threadIdx.x % 32;
  if (lane % 2 == 1) return;
  int value = in[threadIdx.x];
  for (int offset = 16; offset > 1; offset /= 2)
    value += __shfl_xor_sync(0x55555555u, value, offset);
  if (lane == 0) sums[threadIdx.x / 32] = value;
}
