// SPDX-License-Identifier: Apache-2.0
// Oracle: the same loop on the host.
#include <cmath>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {

void alu_bound(const Module& module) {
  constexpr unsigned kCount = 256;
  constexpr int kRounds = 300;
  Random random(1);
  const auto seeds = random.words(kCount);
  std::vector<unsigned> hashes;
  std::vector<float> sums;
  for (unsigned hash : seeds) {
    float x = static_cast<float>(hash & 0xFFFFu), y = 1.0f;
    for (int round = 0; round < kRounds; ++round) {
      for (const int shift : {13, -17, 5})
        hash ^= shift > 0 ? hash << shift : hash >> -shift;
      const float step = static_cast<float>(hash >> 20);
      x = std::fma(x, 0.5f, step);
      y = y * 0.25f + x;
      if (hash & 1) y -= step;
      hash += static_cast<unsigned>(round) * 2654435761u;
    }
    hashes.push_back(hash);
    sums.push_back(x + y);
  }
  const Array<unsigned> device_seeds(seeds), device_hashes(kCount);
  const Array<float> device_sums(kCount);
  launch(module.function("alu_bound"), {{2}, {128}}, device_seeds, kRounds, device_hashes,
         device_sums);
  expect_equal(device_hashes.download(), hashes, "hash");
  expect_equal(device_sums.download(), sums, "sum");
}

}  // namespace assay::corpus
