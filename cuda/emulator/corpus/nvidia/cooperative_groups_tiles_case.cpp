// SPDX-License-Identifier: Apache-2.0
// Oracle: sums, minima and running sums over each sixteen lanes.
#include <algorithm>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_tiles(CUfunction kernel, int low) {
  constexpr int kThreads = 96;
  Random random(static_cast<std::uint64_t>(-low));
  const auto in = random.vector(kThreads, [&] { return random.between(low, 1000); });
  std::vector<int> rows[7];
  for (int i = 0; i < kThreads; ++i) {
    const auto tile = in.begin() + i / 16 * 16, end = tile + 16;
    int sum = 0, before = 0;
    for (auto value = tile; value != end; ++value) {
      sum += *value;
      if (value - in.begin() < i) before += *value;
    }
    rows[0].push_back(sum);
    rows[1].push_back(*std::min_element(tile, end));
    rows[2].push_back(before + in[i]);
    rows[3].push_back(before);
    rows[4].push_back(in[i ^ 3] + i / 16);
    rows[5].push_back((*std::max_element(tile, end) > 900 ? 1 : 0) +
                      (*std::min_element(tile, end) > -990 ? 2 : 0));
    rows[6].push_back(0);
  }
  std::vector<int> want;
  for (const auto& row : rows)
    want.insert(want.end(), row.begin(), row.end());
  const Array<int> device_in(in), out(want.size());
  launch(kernel, {{1}, {kThreads}}, device_in, out);
  expect_equal(out.download(), want, "operation * 96 + thread");
}

void check_copy(CUfunction kernel, int count) {
  Random random(static_cast<std::uint64_t>(count));
  const auto in = random.vector(count, [&] { return static_cast<int>(random.u32()); });
  const std::vector<int> want(in.rbegin(), in.rend());
  const Array<int> device_in(in), out(want.size());
  launch(kernel, {{1}, {64}, 4u * static_cast<unsigned>(count)}, device_in, count, out);
  expect_equal(out.download(), want, "copied");
}

}  // namespace

void cooperative_groups_tiles(const Module& module) {
  check_tiles(module.function("cooperative_groups_tiles"), -1000);
  check_tiles(module.function("cooperative_groups_tiles"), -5);
  for (const int count : {1, 63, 500})
    check_copy(module.function("cooperative_copy"), count);
}

}  // namespace assay::corpus
