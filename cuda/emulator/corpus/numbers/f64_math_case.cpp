// SPDX-License-Identifier: Apache-2.0
// Oracle: the C library. Each of these functions has one right result (ISO C, Annex F); arguments
// are finite and not zero, with a few whole and half values that round to even.
#include <cmath>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

constexpr int kCount = 700;

template <typename T>
std::vector<T> exact_oracle(const std::vector<T>& a, const std::vector<T>& b,
                            const std::vector<int>& power) {
  std::vector<T> want;
  const auto append = [&](auto function) {
    for (int i = 0; i < kCount; ++i)
      want.push_back(static_cast<T>(function(a[i], b[i], power[i])));
  };
  int exponent = 0;
  T whole = 0;
  append([](T x, T y, int) { return std::fmod(x, y); });
  append([](T x, T y, int) { return std::remainder(x, y); });
  append([](T x, T, int n) { return std::ldexp(x, n); });
  append([&](T x, T, int) { return std::frexp(x, &exponent); });
  append([&](T x, T, int) { return std::frexp(x, &exponent), exponent; });
  append([](T x, T, int) { return std::ilogb(x); });
  append([](T x, T, int) { return std::logb(x); });
  append([](T x, T y, int) { return std::nextafter(x, y); });
  append([&](T x, T, int) { return std::modf(x, &whole); });
  append([&](T x, T, int) { return std::modf(x, &whole), whole; });
  append([](T x, T, int) { return std::rint(x); });
  append([](T x, T, int) { return std::round(x); });
  append([](T x, T, int) { return std::trunc(x); });
  append([](T x, T, int) { return std::floor(x); });
  append([](T x, T, int) { return std::ceil(x); });
  append([](T x, T y, int) { return std::copysign(x, y); });
  append([](T x, T y, int) { return std::fdim(x, y); });
  append([](T x, T y, int) { return std::fmin(x, y); });
  append([](T x, T y, int) { return std::fmax(x, y); });
  append([](T x, T, int) { return std::sqrt(std::fabs(x)); });
  append([](T x, T y, int) { return std::fma(x, y, x); });
  return want;
}

template <typename T>
void check_exact(CUfunction kernel, int low, int high) {
  Random random(static_cast<std::uint64_t>(high));
  const auto value = [&] {
    const T fraction = static_cast<T>(random.between(1, 1 << 22)) / static_cast<T>(1 << 21);
    const T size = std::ldexp(
        fraction, random.between(0, 3) == 0 ? random.between(low, high) : random.between(-6, 12));
    return random.between(0, 1) == 0 ? size : -size;
  };
  auto x = random.vector(kCount, value), y = random.vector(kCount, value);
  const auto power = random.vector(kCount, [&] { return random.between(-70, 70); });
  for (int i = 0; i < 20; ++i)
    x[i] = static_cast<T>(2 * i - 19) / 2;
  const std::vector<T> want = exact_oracle(x, y, power);
  const Array<T> device_x(x), device_y(y), out(want.size());
  const Array<int> device_power(power);
  launch(kernel, {{blocks_for(kCount, 96)}, {96}}, device_x, device_y, device_power, kCount, out);
  expect_equal(out.download(), want, "function * 700 + i");
}

void solve(const double* system, double* solution) {
  constexpr int n = 8;
  double a[n][n + 1];
  for (int i = 0; i < n * (n + 1); ++i)
    a[i / (n + 1)][i % (n + 1)] = system[i];
  for (int pivot = 0; pivot < n; ++pivot)
    for (int row = pivot + 1; row < n; ++row) {
      const double factor = a[row][pivot] / a[pivot][pivot];
      for (int column = pivot; column <= n; ++column)
        a[row][column] = std::fma(-factor, a[pivot][column], a[row][column]);
    }
  for (int row = n - 1; row >= 0; --row) {
    double sum = a[row][n];
    for (int column = row + 1; column < n; ++column)
      sum = std::fma(-a[row][column], solution[column], sum);
    solution[row] = sum / a[row][row];
  }
}

void check_eliminate(CUfunction kernel) {
  constexpr int kThreads = 64, kSize = 72;
  Random random(5);
  auto systems = random.vector(kThreads * kSize, [&] { return random.between(-999, 999) / 7.0; });
  for (int i = 0; i < kThreads * 8; ++i)
    systems[i / 8 * kSize + i % 8 * 10] += 5000.0;
  std::vector<double> want(kThreads * 8);
  for (int i = 0; i < kThreads; ++i)
    solve(&systems[i * kSize], &want[i * 8]);
  const Array<double> device_systems(systems), out(want.size());
  launch(kernel, {{2}, {32}}, device_systems, out);
  expect_equal(out.download(), want, "solution");
}

}  // namespace

void f64_math(const Module& module) {
  check_exact<double>(module.function("exact_f64"), -1060, 1000);
  check_exact<float>(module.function("exact_f32"), -140, 120);
  check_eliminate(module.function("eliminate_f64"));
}

}  // namespace assay::corpus
