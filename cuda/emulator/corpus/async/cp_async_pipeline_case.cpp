// SPDX-License-Identifier: Apache-2.0
// Oracle: the same sums over the matrix padded with zeros.
#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_pipeline(CUfunction kernel, int words, unsigned blocks) {
  Random random(static_cast<std::uint64_t>(words));
  const auto in = random.words(static_cast<std::size_t>(words) * blocks);
  std::vector<unsigned> want;
  for (unsigned block = 0; block < blocks; ++block)
    for (int thread = 0; thread < 64; ++thread) {
      unsigned sum = 0;
      for (int row = 0; row * 256 < words; ++row)
        for (int i = 0; i < 4; ++i) {
          const int at = row * 256 + 255 - 4 * thread - i;
          sum = sum * 3 + (at < words ? in[block * words + at] : 0);
        }
      want.push_back(sum);
    }
  const Array<unsigned> device_in(in), out(want.size());
  launch(kernel, {{blocks}, {64}}, device_in, words, out);
  expect_equal(out.download(), want, "sum");
}

void check_small(CUfunction kernel) {
  Random random(4);
  const auto words = random.words(64);
  const auto wides = random.vector(64, [&] { return random.u64(); });
  std::vector<std::uint64_t> want;
  for (int t = 0; t < 64; ++t) {
    const int other = 63 - t;
    const std::uint64_t wide = other % 4 == 0 ? wides[other] & 0xFFFFFFFFu : wides[other];
    want.push_back((words[other] + wide) * 5 + words[(t / 2) ^ 1]);
  }
  const Array<unsigned> device_words(words);
  const Array<std::uint64_t> device_wides(wides), out(64);
  launch(kernel, {{1}, {64}}, device_words, device_wides, out);
  expect_equal(out.download(), want, "small");
}

}  // namespace

void cp_async_pipeline(const Module& module) {
  const CUfunction kernel = module.function("cp_async_pipeline");
  check_pipeline(kernel, 4, 1);
  check_pipeline(kernel, 256, 2);
  check_pipeline(kernel, 2000, 3);
  check_pipeline(kernel, 768, 1);
  check_small(module.function("cp_async_small"));
}

}  // namespace assay::corpus
