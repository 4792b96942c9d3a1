// SPDX-License-Identifier: Apache-2.0
// Oracle: the host's scalar operations in the four rounding modes. Inputs span few exponents, so
// sums cancel and round; zeros of both signs and subnormals are among them, NaN and infinities are
// not.
#include <cmath>

#include "cuda/emulator/corpus/harness/case.hpp"
#include "cuda/emulator/corpus/numbers/rounded.hpp"

namespace assay::corpus {

void f32x2(const Module& module) {
  constexpr int kCount = 1500;
  Random random(1);
  const auto value = [&] {
    const std::uint32_t bits = random.u32();
    const std::uint32_t exponent = bits % 16 == 0 ? 0 : 120 + bits % 12;
    return bits_as<float>((bits & 0x80000000u) | exponent << 23 | (bits >> 7 & 0x7FFFFFu));
  };
  auto a = random.vector(2 * kCount, value), b = random.vector(2 * kCount, value),
       c = random.vector(2 * kCount, value);
  for (int i = 0; i < 8; ++i) {
    a[i] = i & 1 ? -0.0f : 0.0f;
    b[i] = i & 2 ? -0.0f : 0.0f;
    c[i] = i & 4 ? -0.0f : 0.0f;
  }
  std::vector<float> want;
  const auto append = [&](auto operation) {
    for (const int mode : kRoundings)
      for (int i = 0; i < 2 * kCount; ++i) {
        volatile float x = a[i], y = b[i], z = c[i];
        want.push_back(rounded(mode, [&] { return operation(x, y, z); }));
      }
  };
  append([](float x, float y, float) { return x + y; });
  append([](float x, float y, float) { return x * y; });
  append([](float x, float y, float z) { return std::fma(x, y, z); });
  const Array<float> device_a(a), device_b(b), device_c(c), out(want.size());
  launch(module.function("f32x2"), {{blocks_for(kCount, 96)}, {96}}, device_a, device_b, device_c,
         kCount, out);
  expect_equal(out.download(), want, "operation * 3000 + i");
}

}  // namespace assay::corpus
