// SPDX-License-Identifier: Apache-2.0
// Bitonic sort of up to 2048 pairs in shared memory, two a thread, ordered by key, then by value.
extern "C" __global__ void bitonic_sort(unsigned* keys, unsigned* values, unsigned count) {
  __shared__ unsigned long long pairs[2048];
  for (unsigned i = threadIdx.x; i < 2048; i += blockDim.x)
    pairs[i] = i < count ? static_cast<unsigned long long>(keys[i]) << 32 | values[i] : ~0ull;
  for (unsigned size = 2; size <= 2048; size *= 2)
    for (unsigned stride = size / 2; stride > 0; stride /= 2) {
      __syncthreads();
      for (unsigned t = threadIdx.x; t < 1024; t += blockDim.x) {
        const unsigned low = 2 * t - (t & (stride - 1)), high = low + stride;
        const bool ascending = (low & size) == 0;
        const unsigned long long a = pairs[low], b = pairs[high];
        if ((a > b) == ascending) {
          pairs[low] = b;
          pairs[high] = a;
        }
      }
    }
  __syncthreads();
  for (unsigned i = threadIdx.x; i < count; i += blockDim.x) {
    keys[i] = static_cast<unsigned>(pairs[i] >> 32);
    values[i] = static_cast<unsigned>(pairs[i]);
  }
}
