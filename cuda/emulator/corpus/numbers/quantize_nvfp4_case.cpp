// SPDX-License-Identifier: Apache-2.0
// Oracle: nearest-value search over the eight E2M1 magnitudes and the E4M3 magnitudes, ties to the
// even code; all arithmetic is the host's binary32, except distances, which are exact in binary64.
#include <algorithm>
#include <cmath>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

// The finite magnitudes of a format by code, in order.
std::vector<double> magnitudes(int codes, int fraction_bits, int bias) {
  std::vector<double> values;
  for (int code = 0; code < codes; ++code) {
    const int exponent = code >> fraction_bits, fraction = code & ((1 << fraction_bits) - 1);
    const int whole = exponent == 0 ? fraction : fraction | 1 << fraction_bits;
    values.push_back(std::ldexp(whole, std::max(exponent, 1) - bias - fraction_bits));
  }
  return values;
}

int nearest(const std::vector<double>& values, double magnitude) {
  int best = 0;
  for (int code = 1; code < static_cast<int>(values.size()); ++code) {
    const double now = std::fabs(values[code] - magnitude),
                 then = std::fabs(values[best] - magnitude);
    if (now < then || (now == then && code % 2 == 0)) best = code;
  }
  return best;
}

void check_rows(CUfunction kernel, int blocks, float size) {
  const auto e2m1 = magnitudes(8, 1, 1), e4m3 = magnitudes(127, 3, 7);
  Random random(static_cast<std::uint64_t>(blocks));
  const auto in = random.vector(
      blocks * 16, [&] { return static_cast<float>(random.between(-4096, 4096)) / 512.0f * size; });
  std::vector<std::uint8_t> codes(blocks * 8, 0), scales(blocks);
  for (int b = 0; b < blocks; ++b) {
    float amax = 0.0f;
    for (int i = 0; i < 16; ++i)
      amax = std::max(amax, std::fabs(in[16 * b + i]));
    scales[b] = static_cast<std::uint8_t>(nearest(e4m3, double{amax / 6.0f}));
    const float step = static_cast<float>(e4m3[scales[b]]);
    const float inverse = step == 0.0f ? 0.0f : 1.0f / step;
    for (int i = 0; i < 16; ++i) {
      const float scaled = in[16 * b + i] * inverse;
      const int code = nearest(e2m1, std::fabs(double{scaled})) | (std::signbit(scaled) ? 8 : 0);
      codes[8 * b + i / 2] |= static_cast<std::uint8_t>(code << 4 * (i % 2));
    }
  }
  const Array<float> device_in(in);
  const Array<std::uint8_t> device_codes(codes.size()), device_scales(scales.size());
  launch(kernel, {{blocks_for(blocks, 64)}, {64}}, device_in, blocks, device_codes, device_scales);
  expect_equal(device_scales.download(), scales, "scale");
  expect_equal(device_codes.download(), codes, "codes");
}

}  // namespace

void quantize_nvfp4(const Module& module) {
  const CUfunction kernel = module.function("quantize_nvfp4");
  check_rows(kernel, 1, 1.0f);
  check_rows(kernel, 333, 1.0f);
  check_rows(kernel, 70, 0.001f);
  check_rows(kernel, 70, 1000.0f);
  check_rows(kernel, 3, 0.0f);
}

}  // namespace assay::corpus
