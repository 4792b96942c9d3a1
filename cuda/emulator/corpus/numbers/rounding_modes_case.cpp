// SPDX-License-Identifier: Apache-2.0
// Oracle: the host's operations under fesetround. No NaN, no division by zero.
#include <cmath>

#include "cuda/emulator/corpus/harness/case.hpp"
#include "cuda/emulator/corpus/numbers/rounded.hpp"

namespace assay::corpus {
namespace {

constexpr int kCount = 1200;

template <typename T>
struct Inputs {
  std::vector<T> a, b, c;
};

// Of exponents near 0 mostly; now and then of any exponent, so that results underflow and overflow.
template <typename T, typename Word>
Inputs<T> make_inputs(std::uint64_t seed, Word near_one, int exponent_bit) {
  Random random(seed);
  const auto value = [&] {
    const std::uint64_t bits = random.u64();
    const Word sign = bits >> 63 ? Word{1} << (8 * sizeof(Word) - 1) : Word{0};
    const Word fraction = static_cast<Word>(random.u64()) & ((Word{1} << exponent_bit) - 1);
    const Word exponent = bits % 8 == 0 ? static_cast<Word>(bits >> 8) % (2 * near_one + 1)
                                        : near_one - 4 + static_cast<Word>(bits >> 8) % 9;
    return bits_as<T>(sign | exponent << exponent_bit | fraction | Word{1});
  };
  return {random.vector(kCount, value), random.vector(kCount, value), random.vector(kCount, value)};
}

template <typename T, typename Operation>
void append(std::vector<T>& want, const Inputs<T>& in, Operation operation) {
  for (const int mode : kRoundings)
    for (int i = 0; i < kCount; ++i) {
      volatile T x = in.a[i], y = in.b[i], z = in.c[i];
      want.push_back(rounded(mode, [&]() -> T { return operation(x, y, z); }));
    }
}

template <typename T>
std::vector<T> arithmetic_oracle(const Inputs<T>& in) {
  std::vector<T> want;
  append(want, in, [](T x, T y, T) { return x + y; });
  append(want, in, [](T x, T y, T) { return x - y; });
  append(want, in, [](T x, T y, T) { return x * y; });
  append(want, in, [](T x, T y, T z) { return std::fma(x, y, z); });
  append(want, in, [](T x, T y, T) { return x / y; });
  append(want, in, [](T, T y, T) { return T{1} / y; });
  append(want, in, [](T x, T, T) { return std::sqrt(std::fabs(x)); });
  return want;
}

template <typename T>
void check_arithmetic(CUfunction kernel, const Inputs<T>& in, const std::vector<T>& want) {
  const Array<T> a(in.a), b(in.b), c(in.c), out(want.size());
  launch(kernel, {{blocks_for(kCount, 64)}, {64}}, a, b, c, kCount, out);
  expect_equal(out.download(), want, "operation * 1200 + i");
}

void check_f32(CUfunction kernel) {
  const auto in = make_inputs<float, std::uint32_t>(1, 127, 23);
  std::vector<float> want = arithmetic_oracle(in);
  append(want, in, [](float x, float y, float) { return static_cast<float>(double{x} * y); });
  append(want, in, [](float x, float, float) { return static_cast<float>(bits_as<int>(x)); });
  append(want, in, [](float x, float, float) {
    return static_cast<float>(std::uint64_t{bits_as<std::uint32_t>(x)} << 20 | 12345u);
  });
  check_arithmetic(kernel, in, want);
}

void check_f64(CUfunction kernel) {
  const auto in = make_inputs<double, std::uint64_t>(2, 1023, 52);
  std::vector<double> want = arithmetic_oracle(in);
  append(want, in,
         [](double x, double, double) { return static_cast<double>(bits_as<std::int64_t>(x)); });
  check_arithmetic(kernel, in, want);
}

void check_integer(CUfunction kernel) {
  Random random(3);
  std::vector<float> in = random.vector(kCount, [&] {
    return static_cast<float>(random.between(-2'000'000, 2'000'000)) /
           (random.between(0, 3) == 0 ? 2.0f : 97.0f);
  });
  in[0] = -0.0f;
  in[1] = 0.5f;
  in[2] = 2.5f;
  std::vector<int> want;
  const auto append_whole = [&](auto argument) {
    for (const int mode : kRoundings)
      for (const float x : in)
        want.push_back(
            static_cast<int>(rounded(mode, [&] { return std::nearbyint(argument(x)); })));
  };
  for (int i = 0; i < 2; ++i)
    append_whole([](float x) { return x; });
  for (int i = 0; i < 2; ++i)
    append_whole([](float x) { return double{x} * 1.0000001; });
  append_whole([](float x) { return std::fabs(x); });
  for (const float x : in)
    want.push_back(bits_as<int>(std::nearbyint(x)));
  for (const float x : in)
    want.push_back(bits_as<int>(std::trunc(x)));
  for (const float x : in)
    want.push_back(bits_as<int>(std::ceil(x)));
  for (const float x : in)
    want.push_back(bits_as<int>(std::floor(x)));
  const Array<float> device_in(in);
  const Array<int> out(want.size());
  launch(kernel, {{blocks_for(kCount, 64)}, {64}}, device_in, kCount, out);
  expect_equal(out.download(), want, "conversion * 1200 + i");
}

}  // namespace

void rounding_modes(const Module& module) {
  check_f32(module.function("round_f32"));
  check_f64(module.function("round_f64"));
  check_integer(module.function("round_to_integer"));
}

}  // namespace assay::corpus
