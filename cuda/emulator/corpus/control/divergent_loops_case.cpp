// SPDX-License-Identifier: Apache-2.0
// Oracles: the same loops in C++ (binary32, not contracted, so every rounding is the kernel's) and
// std::gcd.
#include <cmath>
#include <numeric>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_collatz(CUfunction kernel, int count) {
  std::vector<unsigned> starts(count), want(count, 0);
  for (int i = 0; i < count; ++i) {
    starts[i] = static_cast<unsigned>(i * 97 % 5000);
    for (std::uint64_t n = starts[i]; n > 1; n = n & 1 ? 3 * n + 1 : n >> 1)
      ++want[i];
  }
  const Array<unsigned> device_starts(starts), steps(count);
  launch(kernel, {{blocks_for(count, 128)}, {128}}, device_starts, count, steps);
  expect_equal(steps.download(), want, "steps");
}

void check_euclid(CUfunction kernel) {
  Random random(2);
  auto a = random.words(100), b = random.words(100);
  a[0] = b[1] = 0;
  std::vector<unsigned> want(100);
  for (int i = 0; i < 100; ++i)
    want[i] = std::gcd(a[i], b[i]);
  const Array<unsigned> device_a(a), device_b(b), out(100);
  launch(kernel, {{1}, {100}}, device_a, device_b, out);
  expect_equal(out.download(), want, "gcd");
}

int escape(int x, int y, int limit) {
  const float cr = static_cast<float>(x) * 0.0625f - 2.0f;
  const float ci = static_cast<float>(y) * 0.125f - 1.0f;
  float zr = 0.0f, zi = 0.0f;
  int i = 0;
  for (; i < limit; ++i) {
    const float rr = zr * zr, ii = zi * zi;
    if (rr + ii > 4.0f) break;
    zi = std::fma(zr + zr, zi, ci);
    zr = (rr - ii) + cr;
  }
  return i;
}

void check_escape(CUfunction kernel) {
  constexpr int kWidth = 45, kHeight = 17, kLimit = 100;
  std::vector<int> want;
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      want.push_back(escape(x, y, kLimit));
  const Array<int> out(want.size());
  launch(kernel, {{2, kHeight}, {32}}, kWidth, kLimit, out);
  expect_equal(out.download(), want, "iterations");
}

int nest(int in, int lane) {
  int sum = 0;
  for (int i = 0; i < 20 && sum <= 150; ++i) {
    if ((in >> i % 8 & 1) == 0) continue;
    int trips = (lane ^ i) % 5;
    if (lane % 3 == 0 && trips > 3) trips = 3;
    for (int j = 0; j < trips; ++j)
      sum += i * j + 1;
  }
  return sum;
}

void check_nest(CUfunction kernel) {
  Random random(6);
  const auto in = random.vector(96, [&] { return random.between(0, 255); });
  std::vector<int> want;
  for (int lane = 0; lane < 96; ++lane)
    want.push_back(nest(in[lane], lane));
  const Array<int> device_in(in), out(96);
  launch(kernel, {{1}, {96}}, device_in, out);
  expect_equal(out.download(), want, "nest");
}

}  // namespace

void divergent_loops(const Module& module) {
  check_collatz(module.function("divergent_collatz"), 1);
  check_collatz(module.function("divergent_collatz"), 300);
  check_euclid(module.function("divergent_euclid"));
  check_escape(module.function("divergent_escape"));
  check_nest(module.function("divergent_nest"));
}

}  // namespace assay::corpus
