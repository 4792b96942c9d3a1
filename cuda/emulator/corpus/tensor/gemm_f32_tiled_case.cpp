// SPDX-License-Identifier: Apache-2.0
// Oracle: std::fma in the order of k, on fractions where it rounds.
#include <cmath>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_shape(CUfunction kernel, int m, int n, int k) {
  Random random(static_cast<std::uint64_t>(m + n + k));
  const auto real = [&] { return static_cast<float>(random.between(-9999, 9999)) / 700.0f; };
  const auto a = random.vector(static_cast<std::size_t>(m) * k, real);
  const auto b = random.vector(static_cast<std::size_t>(k) * n, real);
  std::vector<float> want(static_cast<std::size_t>(m) * n, 0.0f);
  for (int row = 0; row < m; ++row)
    for (int column = 0; column < n; ++column)
      for (int i = 0; i < k; ++i)
        want[row * n + column] =
            std::fma(a[row * k + i], b[i * n + column], want[row * n + column]);
  const Array<float> device_a(a), device_b(b), c(want.size());
  launch(kernel, {{blocks_for(n, 16), blocks_for(m, 16)}, {16, 16}}, device_a, device_b, c, m, n,
         k);
  expect_equal(c.download(), want, "C");
}

}  // namespace

void gemm_f32_tiled(const Module& module) {
  const CUfunction kernel = module.function("gemm_f32_tiled");
  check_shape(kernel, 1, 1, 1);
  check_shape(kernel, 16, 16, 16);
  check_shape(kernel, 33, 20, 47);
  check_shape(kernel, 64, 48, 100);
}

}  // namespace assay::corpus
