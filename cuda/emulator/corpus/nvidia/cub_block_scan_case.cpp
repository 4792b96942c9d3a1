// SPDX-License-Identifier: Apache-2.0
// Oracle: a running sum modulo 2^32 from 0 in each tile of 256.
#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_shape(CUfunction kernel, int count) {
  Random random(static_cast<std::uint64_t>(count));
  const auto in = random.words(count);
  std::vector<unsigned> want, totals(blocks_for(count, 256), 0);
  for (int i = 0; i < count; ++i) {
    want.push_back(totals[i / 256]);
    totals[i / 256] += in[i];
  }
  const Array<unsigned> device_in(in), out(want.size()), device_totals(totals.size());
  launch(kernel, {{blocks_for(count, 256)}, {64}}, device_in, count, out, device_totals);
  expect_equal(out.download(), want, "exclusive sum");
  expect_equal(device_totals.download(), totals, "total");
}

}  // namespace

void cub_block_scan(const Module& module) {
  for (const char* name : {"cub_scan_raking", "cub_scan_warps"})
    for (const int count : {1, 255, 256, 1111})
      check_shape(module.function(name), count);
}

}  // namespace assay::corpus
