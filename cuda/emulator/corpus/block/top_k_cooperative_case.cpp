// SPDX-License-Identifier: Apache-2.0
// Oracle: a stable sort, largest first. Scores from few values, so ties are common.
#include <algorithm>
#include <numeric>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_shape(CUfunction kernel, int rows, int columns, int k) {
  Random random(static_cast<std::uint64_t>(columns));
  auto scores = random.lattice(static_cast<std::size_t>(rows) * columns, -20, 20);
  std::vector<int> indices;
  std::vector<float> values;
  for (int row = 0; row < rows; ++row) {
    const float* const line = scores.data() + row * columns;
    std::vector<int> order(columns);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return line[a] > line[b]; });
    for (int i = 0; i < k; ++i) {
      indices.push_back(order[i]);
      values.push_back(line[order[i]]);
    }
  }
  const Array<float> device_scores(scores), device_values(values.size());
  const Array<int> device_indices(indices.size());
  launch(kernel, {{blocks_for(rows, 4)}, {32, 4}}, device_scores, rows, columns, k, device_indices,
         device_values);
  expect_equal(device_indices.download(), indices, "index");
  expect_equal(device_values.download(), values, "value");
}

}  // namespace

void top_k_cooperative(const Module& module) {
  const CUfunction kernel = module.function("top_k_cooperative");
  check_shape(kernel, 1, 8, 8);
  check_shape(kernel, 7, 60, 4);
  check_shape(kernel, 9, 128, 8);
  check_shape(kernel, 5, 256, 1);
}

}  // namespace assay::corpus
