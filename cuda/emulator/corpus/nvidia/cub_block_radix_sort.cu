// SPDX-License-Identifier: Apache-2.0
// cub::BlockRadixSort of keys and values: floats ascending, unsigned integers descending by some
// bits.
#include <cub/block/block_radix_sort.cuh>

constexpr int kThreads = 64, kItems = 4;

extern "C" __global__ void cub_block_radix_sort(float* keys, int* values) {
  using Sort = cub::BlockRadixSort<float, kThreads, kItems, int>;
  __shared__ typename Sort::TempStorage storage;
  float key[kItems];
  int value[kItems];
  const int first = (blockIdx.x * kThreads + threadIdx.x) * kItems;
  for (int i = 0; i < kItems; ++i) {
    key[i] = keys[first + i];
    value[i] = values[first + i];
  }
  Sort(storage).Sort(key, value);
  for (int i = 0; i < kItems; ++i) {
    keys[first + i] = key[i];
    values[first + i] = value[i];
  }
}

extern "C" __global__ void cub_radix_sort_bits(unsigned* keys) {
  using Sort = cub::BlockRadixSort<unsigned, kThreads, kItems>;
  __shared__ typename Sort::TempStorage storage;
  unsigned key[kItems];
  const int first = (blockIdx.x * kThreads + threadIdx.x) * kItems;
  for (int i = 0; i < kItems; ++i)
    key[i] = keys[first + i];
  Sort(storage).SortDescendingBlockedToStriped(key, 8, 20);
  for (int i = 0; i < kItems; ++i)
    keys[blockIdx.x * kThreads * kItems + i * kThreads + threadIdx.x] = key[i];
}
