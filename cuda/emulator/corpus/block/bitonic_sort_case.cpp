// SPDX-License-Identifier: Apache-2.0
// Oracle: std::sort of the pairs; keys from a small range, so that values decide, too.
#include <algorithm>
#include <utility>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_shape(CUfunction kernel, unsigned count, unsigned threads) {
  Random random(count);
  auto keys = random.vector(count, [&] { return static_cast<unsigned>(random.between(0, 99)); });
  auto values = random.words(count);
  const Array<unsigned> device_keys(keys), device_values(values);
  launch(kernel, {{1}, {threads}}, device_keys, device_values, count);
  std::vector<std::pair<unsigned, unsigned>> pairs(count);
  for (unsigned i = 0; i < count; ++i)
    pairs[i] = {keys[i], values[i]};
  std::sort(pairs.begin(), pairs.end());
  for (unsigned i = 0; i < count; ++i) {
    keys[i] = pairs[i].first;
    values[i] = pairs[i].second;
  }
  expect_equal(device_keys.download(), keys, "key");
  expect_equal(device_values.download(), values, "value");
}

}  // namespace

void bitonic_sort(const Module& module) {
  const CUfunction kernel = module.function("bitonic_sort");
  check_shape(kernel, 1, 256);
  check_shape(kernel, 999, 1024);
  check_shape(kernel, 2048, 1024);
  check_shape(kernel, 1500, 192);
}

}  // namespace assay::corpus
