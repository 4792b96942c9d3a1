// SPDX-License-Identifier: Apache-2.0
// Oracle: a running sum modulo 2^32.
#include <numeric>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_shape(CUfunction kernel, unsigned count) {
  Random random(count);
  const auto in = random.words(count);
  std::vector<unsigned> want(count);
  std::partial_sum(in.begin(), in.end(), want.begin());
  const unsigned blocks = blocks_for(count, 128);
  const Array<unsigned> device_in(in), out(count);
  const auto next_block = Array<unsigned>::zeros(1);
  const auto states = Array<std::uint64_t>::zeros(blocks);
  launch(kernel, {{blocks}, {128}}, device_in, count, out, next_block, states);
  expect_equal(out.download(), want, "prefix sum");
}

}  // namespace

void decoupled_lookback_scan(const Module& module) {
  const CUfunction kernel = module.function("decoupled_lookback_scan");
  check_shape(kernel, 1);
  check_shape(kernel, 128);
  check_shape(kernel, 1000);
  check_shape(kernel, 5001);
}

}  // namespace assay::corpus
