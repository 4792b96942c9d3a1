// SPDX-License-Identifier: Apache-2.0
// Oracle: each consumer's sum and the number of odd words, row after row.
#include <algorithm>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_rows(CUfunction kernel, int rows, unsigned blocks) {
  Random random(static_cast<std::uint64_t>(rows));
  const auto in = random.words(64ull * rows * blocks);
  std::vector<unsigned> want(64 * blocks, 0), odd(blocks, 0);
  for (unsigned block = 0; block < blocks; ++block)
    for (int row = 0; row < rows; ++row)
      for (int me = 0; me < 64; ++me) {
        const unsigned value = in[(block * rows + row) * 64 + 63 - me] ^ static_cast<unsigned>(row);
        unsigned& sum = want[block * 64 + me];
        sum = sum * 7 + value;
        odd[block] += value & 1;
      }
  const Array<unsigned> device_in(in), out(want.size()), odd_rows(blocks);
  launch(kernel, {{blocks}, {128}}, device_in, rows, out, odd_rows);
  expect_equal(out.download(), want, "sum");
  expect_equal(odd_rows.download(), odd, "odd");
}

void check_votes(CUfunction kernel, unsigned threads, int low, int high) {
  Random random(threads);
  const auto in = random.vector(threads, [&] { return random.between(low, high); });
  const auto positive = std::count_if(in.begin(), in.end(), [](int value) { return value > 0; });
  const bool any = std::count(in.begin(), in.end(), 7) > 0;
  const int want =
      (positive == threads ? 1 : 0) + (any ? 10 : 0) + 100 * static_cast<int>(positive);
  const Array<int> device_in(in), out(threads);
  launch(kernel, {{1}, {threads}}, device_in, out);
  expect_equal(out.download(), std::vector<int>(threads, want), "votes");
}

}  // namespace

void warp_specialized(const Module& module) {
  check_rows(module.function("warp_specialized"), 1, 1);
  check_rows(module.function("warp_specialized"), 2, 2);
  check_rows(module.function("warp_specialized"), 15, 2);
  check_votes(module.function("voting_barriers"), 96, 1, 9);
  check_votes(module.function("voting_barriers"), 65, -9, 9);
  check_votes(module.function("voting_barriers"), 128, 8, 9);
}

}  // namespace assay::corpus
