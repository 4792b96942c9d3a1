// SPDX-License-Identifier: Apache-2.0
// Oracle: sums, maxima and running values over each segment of lanes; std::sort.
#include <algorithm>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_collectives(CUfunction kernel, int valid) {
  constexpr int kThreads = 64;
  Random random(static_cast<std::uint64_t>(valid));
  const auto in = random.vector(kThreads, [&] { return random.between(-1000, 1000); });
  std::vector<int> rows[6];
  for (int i = 0; i < kThreads; ++i) {
    const auto warp = in.begin() + i / 32 * 32, eighth = in.begin() + i / 8 * 8,
               own = in.begin() + i;
    const auto sum = [](auto begin, auto end) {
      int total = 0;
      for (; begin != end; ++begin)
        total += *begin;
      return total;
    };
    rows[0].push_back(sum(warp, warp + 32));
    rows[1].push_back(*std::max_element(warp, warp + valid));
    rows[2].push_back(sum(eighth, eighth + 8));
    rows[3].push_back(sum(warp, own + 1));
    rows[4].push_back(sum(warp, own));
    rows[5].push_back(*std::min_element(eighth, own + 1));
  }
  std::vector<int> want;
  for (const auto& row : rows)
    want.insert(want.end(), row.begin(), row.end());
  const Array<int> device_in(in), out(want.size());
  launch(kernel, {{1}, {kThreads}}, device_in, valid, out);
  expect_equal(out.download(), want, "collective * 64 + thread");
}

}  // namespace

void cub_warp_collectives(const Module& module) {
  check_collectives(module.function("cub_warp_collectives"), 32);
  check_collectives(module.function("cub_warp_collectives"), 5);
}

}  // namespace assay::corpus
