// SPDX-License-Identifier: Apache-2.0
// Oracle: Horner's rule with std::fma; the initialisers as the source writes them.
#include <array>
#include <cmath>
#include <string_view>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_polynomial(const Module& module, std::uint64_t seed) {
  Random random(seed);
  const auto real = [&] { return static_cast<float>(random.between(-9999, 9999)) / 3333.0f; };
  const auto coefficients = random.vector(5, real), x = random.vector(131, real);
  std::vector<float> want;
  for (const float value : x) {
    float sum = coefficients[4];
    for (int k = 3; k >= 0; --k)
      sum = std::fma(sum, value, coefficients[k]);
    want.push_back(sum);
  }
  module.set_global("polynomial", coefficients);
  const Array<float> device_x(x), out(x.size());
  launch(module.function("evaluate"), {{3}, {64}}, device_x, out, 131);
  expect_equal(out.download(), want, "polynomial");
}

void check_settings(const Module& module) {
  constexpr std::array<double, 2> kProducts{3 * 0.25, -7 * 1e300};
  constexpr std::array<std::string_view, 2> kNames{{{"first", 6}, {"other", 6}}};
  std::vector<double> want;
  for (std::size_t i = 0; i < 12; ++i)
    want.push_back(kProducts[i % 2] + kNames[i % 2][i / 2]);
  const Array<double> out(12);
  launch(module.function("read_settings"), {{1}, {12}}, out);
  expect_equal(out.download(), want, "settings");
}

void check_window(const Module& module) {
  for (int launched = 1; launched <= 2; ++launched) {
    const Array<int> out(5);
    launch(module.function("move_window"), {{1}, {5}}, out);
    expect_equal(out.download(), {12 + 1, 13 + 2, 14 + 255, 15 + 1, 0 + 2}, "window");
    const std::vector<int> table{10, 11, 12, 13, 14, 15, 0, 40 + launched};
    expect_equal(module.get_global<int>("table", 8), table, "table");
  }
  expect_equal(module.get_global<unsigned>("launches", 1), {42u}, "launches");
}

}  // namespace

void constant_memory(const Module& module) {
  check_polynomial(module, 1);
  check_polynomial(module, 2);
  check_settings(module);
  check_window(module);
}

}  // namespace assay::corpus
