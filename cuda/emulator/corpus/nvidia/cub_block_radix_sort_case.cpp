// SPDX-License-Identifier: Apache-2.0
// Oracle: std::stable_sort, which a radix sort equals, ties included.
#include <algorithm>
#include <numeric>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

constexpr int kTile = 256;

void check_pairs(CUfunction kernel, int tiles) {
  Random random(1);
  auto keys = random.lattice(tiles * kTile, -40, 40);
  auto values = random.vector(tiles * kTile, [&] { return static_cast<int>(random.u32()); });
  const Array<float> device_keys(keys);
  const Array<int> device_values(values);
  launch(kernel, {{static_cast<unsigned>(tiles)}, {64}}, device_keys, device_values);
  const auto old_keys = keys;
  const auto old_values = values;
  for (int tile = 0; tile < tiles; ++tile) {
    std::vector<int> order(kTile);
    std::iota(order.begin(), order.end(), tile * kTile);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return old_keys[a] < old_keys[b]; });
    for (int i = 0; i < kTile; ++i) {
      keys[tile * kTile + i] = old_keys[order[i]];
      values[tile * kTile + i] = old_values[order[i]];
    }
  }
  expect_equal(device_keys.download(), keys, "key");
  expect_equal(device_values.download(), values, "value");
}

void check_bits(CUfunction kernel, int tiles) {
  Random random(2);
  auto keys = random.words(tiles * kTile);
  const Array<unsigned> device_keys(keys);
  launch(kernel, {{static_cast<unsigned>(tiles)}, {64}}, device_keys);
  for (int tile = 0; tile < tiles; ++tile)
    std::stable_sort(keys.begin() + tile * kTile, keys.begin() + (tile + 1) * kTile,
                     [](unsigned a, unsigned b) { return (a >> 8 & 0xFFF) > (b >> 8 & 0xFFF); });
  expect_equal(device_keys.download(), keys, "by bits");
}

}  // namespace

void cub_block_radix_sort(const Module& module) {
  check_pairs(module.function("cub_block_radix_sort"), 2);
  check_bits(module.function("cub_radix_sort_bits"), 2);
}

}  // namespace assay::corpus
