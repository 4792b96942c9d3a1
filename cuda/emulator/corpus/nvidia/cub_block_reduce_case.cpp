// SPDX-License-Identifier: Apache-2.0
// Oracle: a sequential sum and maximum of each block's values.
#include <algorithm>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_shape(CUfunction kernel, int count) {
  Random random(static_cast<std::uint64_t>(count));
  const auto in = random.vector(count, [&] { return random.between(-9'999'999, 9'999'999); });
  std::vector<int> sums;
  std::vector<std::int64_t> largest;
  for (int first = 0; first < count; first += 128) {
    const auto begin = in.begin() + first, end = in.begin() + std::min(first + 128, count);
    int sum = 0;
    for (auto value = begin; value != end; ++value)
      sum += *value;
    sums.insert(sums.end(), 3, sum);
    largest.push_back(std::int64_t{*std::max_element(begin, end)} * (1 << 20));
  }
  const Array<int> device_in(in), device_sums(sums.size());
  const Array<std::int64_t> device_largest(largest.size());
  launch(kernel, {{blocks_for(count, 128)}, {128}}, device_in, count, device_sums, device_largest);
  expect_equal(device_sums.download(), sums, "sum");
  expect_equal(device_largest.download(), largest, "largest");
}

}  // namespace

void cub_block_reduce(const Module& module) {
  for (const int count : {1, 127, 128, 1000})
    check_shape(module.function("cub_block_reduce"), count);
}

}  // namespace assay::corpus
