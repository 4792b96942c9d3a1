// SPDX-License-Identifier: Apache-2.0
// Oracle: a running sum modulo 2^32.
#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_shape(const Module& module, unsigned count, unsigned threads) {
  Random random(count);
  const auto in = random.words(count);
  std::vector<unsigned> inclusive(count), exclusive(count);
  for (unsigned i = 0; i < count; ++i) {
    exclusive[i] = i % threads == 0 ? 0 : inclusive[i - 1];
    inclusive[i] = exclusive[i] + in[i];
  }
  const Array<unsigned> device_in(in), device_inclusive(count), device_exclusive(count);
  launch(module.function("scan_block"), {{blocks_for(count, threads)}, {threads}}, device_in, count,
         device_inclusive, device_exclusive);
  expect_equal(device_inclusive.download(), inclusive, "inclusive");
  expect_equal(device_exclusive.download(), exclusive, "exclusive");
  if (count > 256 || threads != 256) return;
  const Array<unsigned> device_shared(count);
  launch(module.function("scan_shared"), {{1}, {256}}, device_in, count, device_shared);
  expect_equal(device_shared.download(), inclusive, "in shared memory");
}

}  // namespace

void scan_block(const Module& module) {
  check_shape(module, 1, 32);
  check_shape(module, 100, 32);
  check_shape(module, 255, 256);
  check_shape(module, 256, 256);
  check_shape(module, 3001, 512);
  check_shape(module, 2048, 1024);
}

}  // namespace assay::corpus
