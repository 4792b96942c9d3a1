// SPDX-License-Identifier: Apache-2.0
// Oracle: sequential sums in 32 and 64 bits; a maximum of integers has no order.
#include <algorithm>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_shape(CUfunction kernel, int count, unsigned blocks, unsigned threads) {
  Random random(static_cast<std::uint64_t>(count));
  const auto in = random.vector(count, [&] { return random.between(-1'000'000, 1'000'000); });
  std::vector<int> sums(blocks, 0);
  std::vector<std::uint64_t> squares(blocks, 0);
  std::vector<float> maxima(blocks, -1e30f);
  for (int i = 0; i < count; ++i) {
    const unsigned block = static_cast<unsigned>(i) / threads % blocks;
    sums[block] = static_cast<int>(static_cast<unsigned>(sums[block]) + in[i]);
    squares[block] += static_cast<std::uint64_t>(std::int64_t{in[i]} * in[i]);
    maxima[block] = std::max(maxima[block], static_cast<float>(in[i]));
  }
  const Array<int> device_in(in), device_sums(blocks);
  const Array<std::uint64_t> device_squares(blocks);
  const Array<float> device_maxima(blocks);
  launch(kernel, {{blocks}, {threads}}, device_in, count, device_sums, device_squares,
         device_maxima);
  expect_equal(device_sums.download(), sums, "sum");
  expect_equal(device_squares.download(), squares, "sum of squares");
  expect_equal(device_maxima.download(), maxima, "maximum");
}

}  // namespace

void reduce_shuffle(const Module& module) {
  const CUfunction kernel = module.function("reduce_shuffle");
  check_shape(kernel, 1, 1, 32);
  check_shape(kernel, 31, 1, 32);
  check_shape(kernel, 33, 2, 64);
  check_shape(kernel, 4099, 3, 256);
  check_shape(kernel, 20'000, 5, 1024);
}

}  // namespace assay::corpus
