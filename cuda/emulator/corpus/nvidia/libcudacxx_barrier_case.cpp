// SPDX-License-Identifier: Apache-2.0
// Oracle: the same sums, round after round.
#include <algorithm>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

std::vector<int> sums_of(const std::vector<int>& in, int rounds, unsigned factor, bool rotates) {
  std::vector<int> sums;
  for (int thread = 0; thread < 64; ++thread) {
    unsigned sum = 0;
    for (int round = 0; round < rounds; ++round)
      sum = sum * factor +
            static_cast<unsigned>(in[round * 64 + (thread + (rotates ? round : 0)) % 64]);
    sums.push_back(static_cast<int>(sum));
  }
  return sums;
}

void check_rounds(const Module& module, int rounds) {
  Random random(static_cast<std::uint64_t>(rounds));
  const auto in = random.vector(64 * rounds, [&] { return random.between(-999, 999); });
  const Array<int> device_in(in), out(64), piped(64), highest(std::vector<int>{INT32_MIN});
  launch(module.function("libcudacxx_barrier"), {{1}, {64}}, device_in, rounds, out);
  expect_equal(out.download(), sums_of(in, rounds, 3, true), "barrier");
  launch(module.function("libcudacxx_pipeline"), {{1}, {64}}, device_in, rounds, piped, highest);
  const std::vector<int> sums = sums_of(in, rounds, 5, false);
  expect_equal(piped.download(), sums, "pipeline");
  expect_equal(highest.download(), {*std::max_element(sums.begin(), sums.end())}, "highest");
}

}  // namespace

void libcudacxx_barrier(const Module& module) {
  for (const int rounds : {1, 2, 9})
    check_rounds(module, rounds);
}

}  // namespace assay::corpus
