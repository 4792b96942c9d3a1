// SPDX-License-Identifier: Apache-2.0
// Oracle: a sum in binary64 of multiples of 1/8 below 2^17, exact in every order. Launched twice on
// one module: the counter must be back at 0.
#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_shape(CUfunction kernel, unsigned count, unsigned blocks) {
  Random random(count);
  std::vector<float> in = random.lattice(count, -1'000'000, 1'000'000);
  double want = 0.0;
  for (float& value : in) {
    value /= 8.0f;
    want += value;
  }
  const Array<float> device_in(in);
  const Array<double> partial(blocks), out(1);
  launch(kernel, {{blocks}, {128}}, device_in, count, partial, out);
  expect_equal(out.download(), {want}, "sum");
}

}  // namespace

void last_block_reduction(const Module& module) {
  const CUfunction kernel = module.function("last_block_reduction");
  check_shape(kernel, 1, 1);
  check_shape(kernel, 1000, 4);
  check_shape(kernel, 7001, 13);
  check_shape(kernel, 30'000, 150);
}

}  // namespace assay::corpus
