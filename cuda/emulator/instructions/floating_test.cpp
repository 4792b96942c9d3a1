// SPDX-License-Identifier: Apache-2.0
// Floating-point arithmetic in every rounding direction against MPFR; what PTX adds to IEEE 754
// (canonical NaN, .ftz, .sat, .relu) from PTX ISA 9.0, sections 9.7.3 to 9.7.5.
#include "cuda/emulator/instructions/mpfr_oracle.hpp"
#include "cuda/emulator/instructions/ptx_test.hpp"
#include "cuda/emulator/instructions/sample_inputs.hpp"

namespace assay::emulator {
namespace {

using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

struct Direction {
  const char* name;
  mpfr_rnd_t mpfr;
};
constexpr Direction kDirections[] = {
    {"rn", MPFR_RNDN}, {"rz", MPFR_RNDZ}, {"rm", MPFR_RNDD}, {"rp", MPFR_RNDU}};

template <typename T>
struct Traits;
template <>
struct Traits<float> {
  static constexpr const char* kName = "f32";
  static constexpr FloatFormat kFormat = kF32;
  static constexpr u32 kNan = 0x7FFFFFFF;
};
template <>
struct Traits<double> {
  static constexpr const char* kName = "f64";
  static constexpr FloatFormat kFormat = kF64;
  static constexpr u64 kNan = 0xFFF8'0000'0000'0000;  // CUDART_NAN of math_constants.h
};

template <typename T>
T from_code(u64 code) {
  if constexpr (sizeof(T) == 4)
    return std::bit_cast<float>(static_cast<u32>(code));
  else
    return std::bit_cast<double>(code);
}

// The exact result rounded; zeros that are not exact products have the sign that IEEE 754-2019, 6.3
// gives sums: `is_sum`, and `negative_zeros`: all terms are -0 or negative zero products.
template <typename T>
T rounded(const Real& exact, const Direction& direction) {
  if (exact.is_nan()) return std::bit_cast<T>(Traits<T>::kNan);
  return from_code<T>(exact.code(Traits<T>::kFormat, direction.mpfr));
}

// The sign of a sum that is exactly zero.
template <typename T>
T signed_sum(const Real& exact, bool a_is_negative, bool b_is_negative,
             const Direction& direction) {
  if (exact.is_nan() || !exact.is_zero()) return rounded<T>(exact, direction);
  const bool is_negative =
      a_is_negative == b_is_negative ? a_is_negative : direction.mpfr == MPFR_RNDD;
  return is_negative ? T{-0.0} : T{0.0};
}

template <typename T>
std::vector<std::tuple<T, T>> pairs() {
  auto rows = sample_inputs<T, T>(3000);
  // Sums that cancel, and that lose their last bits.
  std::mt19937_64 random(3);
  for (int i = 0; i < 3000; ++i) {
    const T a = Samples<T>::random(random);
    if (!std::isfinite(a)) continue;
    const int shift = static_cast<int>(random() % 60) - 30;
    T b = -std::ldexp(a, shift);
    for (std::uint64_t steps = random() % 4; steps > 0; --steps)
      b = std::nextafter(b, T{0});
    rows.emplace_back(a, b);
  }
  return rows;
}

template <typename T>
std::vector<std::tuple<T, T, T>> triples() {
  auto rows = sample_inputs<T, T, T>(3000);
  std::mt19937_64 random(4);
  for (int i = 0; i < 5000; ++i) {  // c cancels the product, or most of it
    const T a = Samples<T>::random(random), b = Samples<T>::random(random);
    const T product = a * b;
    if (!std::isfinite(product)) continue;
    const int shift = random() % 2 == 0 ? 0 : static_cast<int>(random() % 120) - 60;
    rows.emplace_back(a, b, -std::ldexp(product, shift));
  }
  return rows;
}

template <typename T>
class FloatArithmetic : public testing::Test {};
using FloatTypes = testing::Types<float, double>;
TYPED_TEST_SUITE(FloatArithmetic, FloatTypes);

TYPED_TEST(FloatArithmetic, SumsAreCorrectlyRounded) {
  using T = TypeParam;
  for (const Direction& direction : kDirections) {
    expect_function<T, T, T>(fmt::format("add.{}.{} %d, %a, %b;", direction.name, Traits<T>::kName),
                             pairs<T>(), [&](T a, T b) {
                               return signed_sum<T>(Real(a) + Real(b), std::signbit(a),
                                                    std::signbit(b), direction);
                             });
    expect_function<T, T, T>(fmt::format("sub.{}.{} %d, %a, %b;", direction.name, Traits<T>::kName),
                             pairs<T>(), [&](T a, T b) {
                               return signed_sum<T>(Real(a) - Real(b), std::signbit(a),
                                                    !std::signbit(b), direction);
                             });
  }
}

TYPED_TEST(FloatArithmetic, ProductsAreCorrectlyRounded) {
  using T = TypeParam;
  for (const Direction& direction : kDirections)
    expect_function<T, T, T>(fmt::format("mul.{}.{} %d, %a, %b;", direction.name, Traits<T>::kName),
                             pairs<T>(),
                             [&](T a, T b) { return rounded<T>(Real(a) * Real(b), direction); });
}

TYPED_TEST(FloatArithmetic, FusedOperationsAreCorrectlyRounded) {
  using T = TypeParam;
  for (const Direction& direction : kDirections)
    expect_function<T, T, T, T>(
        fmt::format("fma.{}.{} %d, %a, %b, %c;", direction.name, Traits<T>::kName), triples<T>(),
        [&](T a, T b, T c) {
          return signed_sum<T>(Real(a) * Real(b) + Real(c), std::signbit(a) != std::signbit(b),
                               std::signbit(c), direction);
        });
}

TYPED_TEST(FloatArithmetic, QuotientsAndRootsAreCorrectlyRounded) {
  using T = TypeParam;
  for (const Direction& direction : kDirections) {
    expect_function<T, T, T>(fmt::format("div.{}.{} %d, %a, %b;", direction.name, Traits<T>::kName),
                             pairs<T>(),
                             [&](T a, T b) { return rounded<T>(Real(a) / Real(b), direction); });
    expect_function<T, T>(fmt::format("rcp.{}.{} %d, %a;", direction.name, Traits<T>::kName),
                          sample_inputs<T>(),
                          [&](T a) { return rounded<T>(Real(1.0) / Real(a), direction); });
    expect_function<T, T>(fmt::format("sqrt.{}.{} %d, %a;", direction.name, Traits<T>::kName),
                          sample_inputs<T>(),
                          [&](T a) { return rounded<T>(Real::sqrt(Real(a)), direction); });
  }
}

TYPED_TEST(FloatArithmetic, QuotientsAtTiesAndOfSubnormalsAreCorrectlyRounded) {
  using T = TypeParam;
  std::vector<std::tuple<T, T>> rows;
  std::mt19937_64 random(5);
  const T tiny = std::numeric_limits<T>::denorm_min();
  for (int i = 0; i < 3000; ++i) {
    const T divisor = std::ldexp(T{1}, static_cast<int>(random() % 8));
    rows.emplace_back(tiny * static_cast<T>(random() % 4096), divisor);
    rows.emplace_back(std::numeric_limits<T>::min() * (1 + static_cast<T>(random() % 99) / 64),
                      1 + static_cast<T>(random() % 4096) / 512);
  }
  for (const Direction& direction : kDirections)
    expect_function<T, T, T>(fmt::format("div.{}.{} %d, %a, %b;", direction.name, Traits<T>::kName),
                             rows,
                             [&](T a, T b) { return rounded<T>(Real(a) / Real(b), direction); });
}

float flushed(float x) {
  return std::fabs(x) < 0x1p-126f ? std::copysign(0.0f, x) : x;
}

// 9.7.3.3: subnormal inputs and results become zeros of their sign; .sat clamps to [0, 1], NaN
// gives +0.
TEST(FloatModes, FlushToZeroAndSaturate) {
  for (const Direction& direction : kDirections) {
    const auto sum = [&](float a, float b) {
      return signed_sum<float>(Real(a) + Real(b), std::signbit(a), std::signbit(b), direction);
    };
    const auto saturated = [](float x) { return x >= 1 ? 1.0f : x > 0 ? x : 0.0f; };
    expect_function<float, float, float>(
        fmt::format("add.{}.ftz.f32 %d, %a, %b;", direction.name), pairs<float>(),
        [&](float a, float b) { return flushed(sum(flushed(a), flushed(b))); });
    expect_function<float, float, float>(fmt::format("add.{}.sat.f32 %d, %a, %b;", direction.name),
                                         pairs<float>(),
                                         [&](float a, float b) { return saturated(sum(a, b)); });
    expect_function<float, float, float>(
        fmt::format("mul.{}.ftz.sat.f32 %d, %a, %b;", direction.name), pairs<float>(),
        [&](float a, float b) {
          return saturated(flushed(rounded<float>(Real(flushed(a)) * Real(flushed(b)), direction)));
        });
    expect_function<float, float>(
        fmt::format("sqrt.{}.ftz.f32 %d, %a;", direction.name), sample_inputs<float>(),
        [&](float a) { return rounded<float>(Real::sqrt(Real(flushed(a))), direction); });
  }
}

TEST(FloatModes, DefaultRoundingIsToNearest) {  // 9.7.3.3 to 9.7.3.5
  for (const char* opcode : {"add", "sub", "mul"})
    for (const char* type : {"f32", "f64"})
      EXPECT_EQ(decode_error(fmt::format("{0}.{1} %{2}1, %{2}2, %{2}3;", opcode, type,
                                         type[1] == '3' ? "f" : "d")),
                "");
  expect_function<float, float, float>("mul.f32 %d, %a, %b;", pairs<float>(), [](float a, float b) {
    return rounded<float>(Real(a) * Real(b), kDirections[0]);
  });
}

// 9.7.3.3 to 9.7.3.6: .f32x2 is the operation on each half of a b64.
TEST(FloatModes, PairsOfBinary32) {
  const auto apply = [](u64 a, u64 b, auto f) {
    const auto half = [&](int shift) {
      const float x = std::bit_cast<float>(static_cast<u32>(a >> shift));
      const float y = std::bit_cast<float>(static_cast<u32>(b >> shift));
      return u64{std::bit_cast<u32>(f(x, y))} << shift;
    };
    return half(0) | half(32);
  };
  for (const Direction& direction : kDirections) {
    expect_function<u64, u64, u64>(fmt::format("add.{}.f32x2 %d, %a, %b;", direction.name),
                                   sample_inputs<u64, u64>(), [&](u64 a, u64 b) {
                                     return apply(a, b, [&](float x, float y) {
                                       return signed_sum<float>(Real(x) + Real(y), std::signbit(x),
                                                                std::signbit(y), direction);
                                     });
                                   });
    expect_function<u64, u64, u64>(
        fmt::format("fma.{}.ftz.f32x2 %d, %a, %b, %b;", direction.name), sample_inputs<u64, u64>(),
        [&](u64 a, u64 b) {
          return apply(a, b, [&](float x, float y) {
            x = flushed(x);
            y = flushed(y);
            return flushed(signed_sum<float>(Real(x) * Real(y) + Real(y),
                                             std::signbit(x) != std::signbit(y), std::signbit(y),
                                             direction));
          });
        });
  }
}

// Halves: value, and rounding by MPFR.
double value_of(HalfBits x) {
  const auto bits = static_cast<u16>(x);
  const int exponent = bits >> 10 & 31;
  const double fraction = bits & 0x3FF;
  double magnitude = std::ldexp(fraction + (exponent > 0 ? 1024 : 0), std::max(exponent, 1) - 25);
  if (exponent == 31) magnitude = fraction == 0 ? INFINITY : NAN;
  return bits >> 15 != 0 ? -magnitude : magnitude;
}
double value_of(Bfloat16Bits x) {
  return std::bit_cast<float>(u32{static_cast<u16>(x)} << 16);
}
template <>
struct Traits<HalfBits> {
  static constexpr const char* kName = "f16";
  static constexpr FloatFormat kFormat = kF16;
};
template <>
struct Traits<Bfloat16Bits> {
  static constexpr const char* kName = "bf16";
  static constexpr FloatFormat kFormat = kBf16;
};

template <typename Half>
u16 rounded_half(const Real& exact) {
  if (exact.is_nan()) return 0x7FFF;
  return static_cast<u16>(exact.code(Traits<Half>::kFormat, MPFR_RNDN));
}

template <typename Half>
u16 half_sum(const Real& exact, bool a_is_negative, bool b_is_negative) {
  if (!exact.is_zero()) return rounded_half<Half>(exact);
  return a_is_negative && b_is_negative ? 0x8000 : 0;
}

template <typename Half>
u16 half_fma(Half a, Half b, Half c) {
  const double x = value_of(a), y = value_of(b), z = value_of(c);
  return half_sum<Half>(Real(x) * Real(y) + Real(z), std::signbit(x) != std::signbit(y),
                        std::signbit(z));
}

// c cancels most of the product: where a fused operation differs from two roundings.
template <typename Half>
std::vector<std::tuple<Half, Half, Half>> half_triples() {
  auto rows = sample_inputs<Half, Half, Half>(20000);
  std::mt19937_64 random(6);
  for (int i = 0; i < 20000; ++i) {
    const Half a = Samples<Half>::random(random), b = Samples<Half>::random(random);
    const Real product = Real(value_of(a)) * Real(value_of(b));
    if (product.is_nan()) continue;
    const u16 rounded = rounded_half<Half>(product) ^ 0x8000;
    rows.emplace_back(a, b, Half{static_cast<u16>(rounded + random() % 5 - 2)});
    rows.emplace_back(a, b, Half{static_cast<u16>(random() % 4 | (random() % 2 << 15))});
  }
  return rows;
}

template <typename Half>
class HalfArithmetic : public testing::Test {};
using HalfTypes = testing::Types<HalfBits, Bfloat16Bits>;
TYPED_TEST_SUITE(HalfArithmetic, HalfTypes);

TYPED_TEST(HalfArithmetic, IsCorrectlyRounded) {  // 9.7.4.1 to 9.7.4.4
  using Half = TypeParam;
  const char* name = Traits<Half>::kName;
  const auto rows = sample_inputs<Half, Half>(50000);
  expect_function<u16, Half, Half>(
      fmt::format("add.rn.{} %d, %a, %b;", name), rows, [](Half a, Half b) {
        const double x = value_of(a), y = value_of(b);
        return half_sum<Half>(Real(x) + Real(y), std::signbit(x), std::signbit(y));
      });
  expect_function<u16, Half, Half>(
      fmt::format("sub.{} %d, %a, %b;", name), rows, [](Half a, Half b) {
        const double x = value_of(a), y = value_of(b);
        return half_sum<Half>(Real(x) - Real(y), std::signbit(x), !std::signbit(y));
      });
  expect_function<u16, Half, Half>(
      fmt::format("mul.{} %d, %a, %b;", name), rows,
      [](Half a, Half b) { return rounded_half<Half>(Real(value_of(a)) * Real(value_of(b))); });
  expect_function<u16, Half, Half, Half>(fmt::format("fma.rn.{} %d, %a, %b, %c;", name),
                                         half_triples<Half>(), half_fma<Half>);
  // 9.7.4.4: .relu takes negative results to 0.
  expect_function<u16, Half, Half, Half>(fmt::format("fma.rn.relu.{} %d, %a, %b, %c;", name),
                                         half_triples<Half>(), [](Half a, Half b, Half c) {
                                           const u16 result = half_fma<Half>(a, b, c);
                                           return result >> 15 != 0 ? u16{0} : result;
                                         });
}

TYPED_TEST(HalfArithmetic, PairsAreTwoHalves) {
  using Half = TypeParam;
  const auto rows = sample_inputs<u32, u32, u32>();
  expect_function<u32, u32, u32, u32>(
      fmt::format("fma.rn.{}x2 %d, %a, %b, %c;", Traits<Half>::kName), rows,
      [](u32 a, u32 b, u32 c) {
        const auto half = [&](int shift) {
          const auto at = [shift](u32 word) { return Half{static_cast<u16>(word >> shift)}; };
          return u32{half_fma<Half>(at(a), at(b), at(c))} << shift;
        };
        return half(0) | half(16);
      });
}

TEST(HalfModes, FlushToZeroAndSaturate) {  // 9.7.4.1
  const auto flush = [](u16 x) { return (x & 0x7C00) == 0 ? u16(x & 0x8000) : x; };
  const auto rows = sample_inputs<HalfBits, HalfBits>();
  expect_function<u16, HalfBits, HalfBits>(
      "mul.ftz.f16 %d, %a, %b;", rows, [flush](HalfBits a, HalfBits b) {
        const double x = value_of(HalfBits{flush(static_cast<u16>(a))});
        const double y = value_of(HalfBits{flush(static_cast<u16>(b))});
        return flush(rounded_half<HalfBits>(Real(x) * Real(y)));
      });
  expect_function<u16, HalfBits, HalfBits>(
      "add.sat.f16 %d, %a, %b;", rows, [](HalfBits a, HalfBits b) {
        const double sum = value_of(a) + value_of(b);  // exact: 40 bits
        if (!(sum > 0)) return u16{0};
        return sum >= 1 ? u16{0x3C00} : rounded_half<HalfBits>(Real(sum));
      });
}

// 9.7.5: the half is converted, which is exact, then binary32 arithmetic.
TEST(MixedPrecision, AddSubFma) {
  for (const Direction& direction : kDirections) {
    expect_function<float, HalfBits, float>(
        fmt::format("add.{}.f32.f16 %d, %a, %b;", direction.name), sample_inputs<HalfBits, float>(),
        [&](HalfBits a, float c) {
          const double x = value_of(a);
          return signed_sum<float>(Real(x) + Real(c), std::signbit(x), std::signbit(c), direction);
        });
    expect_function<float, Bfloat16Bits, float>(
        fmt::format("sub.{}.f32.bf16 %d, %a, %b;", direction.name),
        sample_inputs<Bfloat16Bits, float>(), [&](Bfloat16Bits a, float c) {
          const double x = value_of(a);
          return signed_sum<float>(Real(x) - Real(c), std::signbit(x), !std::signbit(c), direction);
        });
    expect_function<float, HalfBits, HalfBits, float>(
        fmt::format("fma.{}.f32.f16 %d, %a, %b, %c;", direction.name),
        sample_inputs<HalfBits, HalfBits, float>(), [&](HalfBits a, HalfBits b, float c) {
          const double x = value_of(a), y = value_of(b);
          return signed_sum<float>(Real(x) * Real(y) + Real(c), std::signbit(x) != std::signbit(y),
                                   std::signbit(c), direction);
        });
  }
  expect_function<float, Bfloat16Bits, Bfloat16Bits, float>(
      "fma.rn.sat.f32.bf16 %d, %a, %b, %c;", sample_inputs<Bfloat16Bits, Bfloat16Bits, float>(),
      [](Bfloat16Bits a, Bfloat16Bits b, float c) {
        const float sum =
            rounded<float>(Real(value_of(a)) * Real(value_of(b)) + Real(c), kDirections[0]);
        return sum >= 1 ? 1.0f : sum > 0 ? sum : 0.0f;
      });
}

TEST(FloatModes, FormsThatDoNotExistAreRefused) {
  EXPECT_NE(decode_error("fma.f32 %f1, %f2, %f3, %f4;"), "");
  EXPECT_NE(decode_error("add.sat.f64 %d1, %d2, %d3;"), "");
  EXPECT_NE(decode_error("add.ftz.f64 %d1, %d2, %d3;"), "");
  EXPECT_NE(decode_error("add.rz.f16 %h1, %h2, %h3;"), "");
  EXPECT_NE(decode_error("add.ftz.bf16 %h1, %h2, %h3;"), "");
  EXPECT_NE(decode_error("add.sat.f32x2 %rd1, %rd2, %rd3;"), "");
  EXPECT_NE(decode_error("mul.rn.f32.f16 %f1, %h1, %f2;"), "");
  EXPECT_NE(decode_error("add.rn.ftz.f32.f16 %f1, %h1, %f2;"), "");
  EXPECT_NE(decode_error("div.f32 %f1, %f2, %f3;"), "");
  EXPECT_NE(decode_error("sqrt.rn.f16 %h1, %h2;"), "");
  EXPECT_NE(decode_error("fma.rn.relu.sat.f16 %h1, %h2, %h3, %h4;"), "");
  EXPECT_NE(decode_error("fma.rn.oob.f16 %h1, %h2, %h3, %h4;"), "");
  EXPECT_NE(decode_error("add.rn.rz.f32 %f1, %f2, %f3;"), "");
}

}  // namespace
}  // namespace assay::emulator
