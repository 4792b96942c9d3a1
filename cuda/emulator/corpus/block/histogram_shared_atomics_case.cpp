// SPDX-License-Identifier: Apache-2.0
// Oracle: counting. Ranks depend on the schedule; per byte they must be 0 .. bin - 1, each once.
#include <set>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

using Bytes = std::vector<unsigned char>;

std::vector<unsigned> count_bytes(const Bytes& in) {
  std::vector<unsigned> bins(256, 0);
  for (const unsigned char byte : in)
    ++bins[byte];
  return bins;
}

Bytes random_bytes(unsigned count, int high) {
  Random random(count);
  return random.vector(count, [&] { return static_cast<unsigned char>(random.between(0, high)); });
}

void check_shared(const Module& module, unsigned count, unsigned blocks, int high) {
  const Bytes in = random_bytes(count, high);
  const Array<unsigned char> device_in(in);
  const auto bins = Array<unsigned>::zeros(256);
  launch(module.function("histogram_shared_atomics"), {{blocks}, {192}}, device_in, count, bins);
  expect_equal(bins.download(), count_bytes(in), "bin");
}

void check_matched(const Module& module, unsigned count) {
  const Bytes in = random_bytes(count, 5);
  const Array<unsigned char> device_in(in);
  const Array<unsigned> bins(256), rank(count);
  launch(module.function("histogram_matched"), {{1}, {256}}, device_in, count, bins, rank);
  const std::vector<unsigned> counted = count_bytes(in);
  expect_equal(bins.download(), counted, "matched bin");
  const std::vector<unsigned> ranks = rank.download();
  std::set<std::pair<unsigned, unsigned>> seen;
  for (unsigned i = 0; i < count; ++i) {
    expect(ranks[i] < counted[in[i]], "rank < bin");
    expect(seen.emplace(in[i], ranks[i]).second, "a rank is given once");
  }
}

}  // namespace

void histogram_shared_atomics(const Module& module) {
  check_shared(module, 1, 1, 255);
  check_shared(module, 5003, 4, 255);
  check_shared(module, 2000, 2, 1);
  check_matched(module, 256);
  check_matched(module, 77);
}

}  // namespace assay::corpus
