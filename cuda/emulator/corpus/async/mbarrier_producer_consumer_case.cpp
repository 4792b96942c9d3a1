// SPDX-License-Identifier: Apache-2.0
// Oracle: each consumer's sum, row after row.
#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_ring(CUfunction kernel, int rows, unsigned blocks) {
  Random random(static_cast<std::uint64_t>(rows));
  const auto in = random.words(96ull * rows * blocks);
  std::vector<unsigned> want;
  for (unsigned block = 0; block < blocks; ++block)
    for (int me = 0; me < 96; ++me) {
      unsigned sum = 0;
      for (int row = 0; row < rows; ++row)
        sum = sum * 31 + in[(block * rows + row) * 96 + (me + row) % 96];
      want.push_back(sum);
    }
  const Array<unsigned> device_in(in), out(want.size());
  launch(kernel, {{blocks}, {128}}, device_in, rows, out);
  expect_equal(out.download(), want, "sum");
}

void check_tokens(CUfunction kernel) {
  std::vector<unsigned> want;
  for (unsigned t = 0; t < 64; ++t)
    want.push_back((t + 1) % 62 * (t == 63 ? 1 + 2 : 1 + 2 + 3));
  const Array<unsigned> out(64);
  launch(kernel, {{1}, {64}}, out);
  expect_equal(out.download(), want, "tokens");
}

}  // namespace

void mbarrier_producer_consumer(const Module& module) {
  const CUfunction kernel = module.function("mbarrier_producer_consumer");
  check_ring(kernel, 1, 1);
  check_ring(kernel, 4, 2);
  check_ring(kernel, 19, 2);
  check_tokens(module.function("mbarrier_tokens"));
}

}  // namespace assay::corpus
