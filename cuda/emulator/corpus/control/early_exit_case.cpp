// SPDX-License-Identifier: Apache-2.0
// Oracle: the same expressions, one phase after the other.
#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_exit(CUfunction kernel, int count, unsigned threads) {
  Random random(static_cast<std::uint64_t>(count));
  const auto in = random.vector(count, [&] { return random.between(-1000, 1000); });
  std::vector<int> want(count);
  const auto kept = [&](int i) { return in[i] + in[(i + 1) % count]; };
  for (int i = 0; i < count; ++i) {
    const int partner = i ^ 1;
    const bool partnered = partner < count && partner % 4 != 3;
    want[i] = i % 4 == 3 ? -in[(i + 1) % count] : kept(partnered ? partner : i) + 1;
  }
  const Array<int> device_in(in), out(count);
  launch(kernel, {{1}, {threads}}, device_in, count, out);
  expect_equal(out.download(), want, "out");
}

void check_half(CUfunction kernel) {
  Random random(9);
  const auto in = random.vector(128, [&] { return random.between(-1000, 1000); });
  std::vector<int> sums(4, 0);
  for (int i = 0; i < 128; i += 2)
    sums[i / 32] += in[i];
  const Array<int> device_in(in), device_sums(4);
  launch(kernel, {{1}, {128}}, device_in, device_sums);
  expect_equal(device_sums.download(), sums, "sum");
}

}  // namespace

void early_exit(const Module& module) {
  check_exit(module.function("early_exit"), 1, 256);
  check_exit(module.function("early_exit"), 97, 256);
  check_exit(module.function("early_exit"), 64, 64);
  check_exit(module.function("early_exit"), 255, 256);
  check_half(module.function("half_exit"));
}

}  // namespace assay::corpus
