// SPDX-License-Identifier: Apache-2.0
// Oracle: the same nine std::fma in the same order, on data where each of them rounds.
#include <algorithm>
#include <cmath>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_shape(const Module& module, int height, int width) {
  Random random(static_cast<std::uint64_t>(height * 100 + width));
  const auto real = [&] { return static_cast<float>(random.between(-9999, 9999)) / 777.0f; };
  const auto weights = random.vector(9, real);
  const auto in = random.vector(static_cast<std::size_t>(height) * width, real);
  std::vector<float> want(in.size());
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      float sum = 0.0f;
      for (int tap = 0; tap < 9; ++tap) {
        const int row = std::clamp(y + tap / 3 - 1, 0, height - 1);
        const int column = std::clamp(x + tap % 3 - 1, 0, width - 1);
        sum = std::fma(weights[tap], in[row * width + column], sum);
      }
      want[y * width + x] = sum;
    }
  module.set_global("weights", weights);
  const Array<float> device_in(in), out(in.size());
  launch(module.function("stencil_2d"), {{blocks_for(width, 16), blocks_for(height, 16)}, {16, 16}},
         device_in, out, height, width);
  expect_equal(out.download(), want, "stencil");
}

}  // namespace

void stencil_2d(const Module& module) {
  check_shape(module, 1, 1);
  check_shape(module, 16, 16);
  check_shape(module, 17, 45);
  check_shape(module, 40, 7);
}

}  // namespace assay::corpus
