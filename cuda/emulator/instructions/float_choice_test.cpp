// SPDX-License-Identifier: Apache-2.0
// min, max, abs, neg and copysign of floating-point numbers against the pseudo-code of PTX ISA 9.0,
// sections 9.7.3.2, 9.7.3.9 to 9.7.3.12 and 9.7.4.5 to 9.7.4.8.
#include <cmath>

#include "cuda/emulator/instructions/ptx_test.hpp"
#include "cuda/emulator/instructions/sample_inputs.hpp"

namespace assay::emulator {
namespace {

using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

// A format's numbers as values, and its sign bit and NaN.
struct Layout {
  int fraction, exponent;
  u64 nan;

  u64 sign() const { return u64{1} << (fraction + exponent); }
  u64 infinity() const { return sign() - (u64{1} << fraction); }
  bool is_nan(u64 x) const { return (x & (sign() - 1)) > infinity(); }
  // The order of numbers; -0.0 < +0.0 (9.7.3.11).
  std::int64_t rank(u64 x) const {
    const auto magnitude = static_cast<std::int64_t>(x & (sign() - 1));
    return (x & sign()) != 0 ? -magnitude - 1 : magnitude;
  }
  u64 flush(u64 x) const { return (x & infinity()) == 0 ? x & sign() : x; }
};
constexpr Layout kLayoutF32{23, 8, 0x7FFFFFFF}, kLayoutF64{52, 11, 0xFFF8'0000'0000'0000},
    kLayoutF16{10, 5, 0x7FFF}, kLayoutBf16{7, 8, 0x7FFF};

struct Choice {
  Layout layout;
  bool maximum = false, ftz = false, nan = false, abs = false, xorsign = false;

  u64 two(u64 x, u64 y) const {  // min_num and min_nan, or their counterparts
    const bool x_nan = layout.is_nan(x), y_nan = layout.is_nan(y);
    if (nan ? x_nan || y_nan : x_nan && y_nan) return layout.nan;
    if (x_nan) return y;
    if (y_nan) return x;
    return (layout.rank(x) < layout.rank(y)) != maximum ? x : y;
  }
  u64 prepare(u64 x) const {
    if (ftz) x = layout.flush(x);
    return abs ? x & ~layout.sign() : x;
  }
  u64 operator()(u64 a, u64 b) const {
    const u64 sign = (a ^ b) & layout.sign();
    const u64 d = two(prepare(a), prepare(b));
    return xorsign && !layout.is_nan(d) ? (d & ~layout.sign()) | sign : d;
  }
  u64 operator()(u64 a, u64 b, u64 c) const { return two(two(prepare(a), prepare(b)), prepare(c)); }
};

template <typename Bits>
std::vector<std::tuple<Bits, Bits>> pairs(const Layout& layout) {
  std::vector<std::tuple<Bits, Bits>> rows;
  const auto edges = float_edges<Bits>(layout.fraction, layout.exponent);
  for (const Bits a : edges)
    for (const Bits b : edges)
      rows.emplace_back(a, b);
  std::mt19937_64 random(2);
  for (int i = 0; i < 4000; ++i)
    rows.emplace_back(random_float<Bits>(random, layout.fraction, layout.exponent),
                      random_float<Bits>(random, layout.fraction, layout.exponent));
  return rows;
}

template <typename Bits>
void check_type(const std::string& type, const Layout& layout, bool has_ftz, bool has_modifiers) {
  const auto rows = pairs<Bits>(layout);
  for (const bool maximum : {false, true})
    for (int modes = 0; modes < (has_modifiers ? 8 : 1); ++modes) {
      Choice choice{layout, maximum};
      choice.ftz = (modes & 1) != 0;
      choice.nan = (modes & 2) != 0;
      choice.abs = choice.xorsign = (modes & 4) != 0;
      if (choice.ftz && !has_ftz) continue;
      expect_function<Bits, Bits, Bits>(
          fmt::format("{}{}{}{}.{} %d, %a, %b;", maximum ? "max" : "min", choice.ftz ? ".ftz" : "",
                      choice.nan ? ".NaN" : "", choice.abs ? ".xorsign.abs" : "", type),
          rows, [choice](Bits a, Bits b) { return static_cast<Bits>(choice(a, b)); });
    }
}

TEST(FloatChoice, MinAndMaxOfTwo) {
  check_type<u32>("f32", kLayoutF32, true, true);
  check_type<u64>("f64", kLayoutF64, false, false);
  check_type<u16>("f16", kLayoutF16, true, true);
  check_type<u16>("bf16", kLayoutBf16, false, true);
}

TEST(FloatChoice, MinAndMaxOfPairs) {  // 9.7.4.7: in each half
  const auto check = [](const std::string& type, const Layout& layout, bool maximum) {
    const Choice choice{layout, maximum};
    expect_function<u32, u32, u32>(
        fmt::format("{}.{} %d, %a, %b;", maximum ? "max" : "min", type), sample_inputs<u32, u32>(),
        [choice](u32 a, u32 b) {
          return static_cast<u32>(choice(a & 0xFFFF, b & 0xFFFF) | choice(a >> 16, b >> 16) << 16);
        });
  };
  check("f16x2", kLayoutF16, true);
  check("bf16x2", kLayoutBf16, false);
}

TEST(FloatChoice, MinAndMaxOfThree) {  // sm_100 and later
  std::vector<std::tuple<u32, u32, u32>> rows;
  for (const auto& [a, b] : pairs<u32>(kLayoutF32))
    for (const u32 c : {0u, 0x80000000u, 0x3F800000u, 0xFF800000u, 0x7FC00000u, 1u})
      rows.emplace_back(a, b, c);
  for (const bool maximum : {false, true})
    for (int modes = 0; modes < 8; ++modes) {
      Choice choice{kLayoutF32, maximum};
      choice.ftz = (modes & 1) != 0;
      choice.nan = (modes & 2) != 0;
      choice.abs = (modes & 4) != 0;
      expect_function<u32, u32, u32, u32>(
          fmt::format("{}{}{}{}.f32 %d, %a, %b, %c;", maximum ? "max" : "min",
                      choice.ftz ? ".ftz" : "", choice.nan ? ".NaN" : "", choice.abs ? ".abs" : ""),
          rows, [choice](u32 a, u32 b, u32 c) { return static_cast<u32>(choice(a, b, c)); });
    }
}

// 9.7.3.9, 9.7.3.10: of numbers the sign alone changes.
TEST(FloatChoice, AbsNegCopysign) {
  expect_function<u32, float>("abs.f32 %d, %a;", sample_inputs<float>(),
                              [](float a) { return std::bit_cast<u32>(a) & 0x7FFFFFFF; });
  expect_function<u32, float>("neg.f32 %d, %a;", sample_inputs<float>(),
                              [](float a) { return std::bit_cast<u32>(a) ^ 0x80000000; });
  expect_function<u32, float>("neg.ftz.f32 %d, %a;", sample_inputs<float>(), [](float a) {
    return static_cast<u32>(kLayoutF32.flush(std::bit_cast<u32>(a))) ^ 0x80000000;
  });
  expect_function<u64, u64>("abs.f64 %d, %a;", sample_inputs<u64>(),
                            [](u64 a) { return a & ~kLayoutF64.sign(); });
  expect_function<u64, u64>("neg.f64 %d, %a;", sample_inputs<u64>(),
                            [](u64 a) { return a ^ kLayoutF64.sign(); });
  expect_function<u16, u16>("abs.ftz.f16 %d, %a;", sample_inputs<u16>(),
                            [](u16 a) { return static_cast<u16>(kLayoutF16.flush(a) & 0x7FFF); });
  expect_function<u16, u16>("neg.bf16 %d, %a;", sample_inputs<u16>(),
                            [](u16 a) { return static_cast<u16>(a ^ 0x8000); });
  expect_function<u32, u32>("neg.f16x2 %d, %a;", sample_inputs<u32>(),
                            [](u32 a) { return a ^ 0x80008000; });
  expect_function<u32, u32>("abs.bf16x2 %d, %a;", sample_inputs<u32>(),
                            [](u32 a) { return a & 0x7FFF7FFF; });
  // 9.7.3.2: the sign of a, the value of b.
  expect_function<float, float, float>("copysign.f32 %d, %a, %b;", sample_inputs<float, float>(),
                                       [](float a, float b) { return std::copysign(b, a); });
  expect_function<double, double, double>("copysign.f64 %d, %a, %b;",
                                          sample_inputs<double, double>(),
                                          [](double a, double b) { return std::copysign(b, a); });
}

TEST(FloatChoice, FormsThatDoNotExistAreRefused) {
  EXPECT_NE(decode_error("min.abs.f32 %f1, %f2, %f3;"), "");
  EXPECT_NE(decode_error("min.xorsign.f32 %f1, %f2, %f3;"), "");
  EXPECT_NE(decode_error("min.xorsign.abs.f32 %f1, %f2, %f3, %f4;"), "");
  EXPECT_NE(decode_error("min.NaN.f64 %d1, %d2, %d3;"), "");
  EXPECT_NE(decode_error("max.f16 %h1, %h2, %h3, %h4;"), "");
  EXPECT_NE(decode_error("max.ftz.bf16 %h1, %h2, %h3;"), "");
  EXPECT_NE(decode_error("abs.ftz.f64 %d1, %d2;"), "");
  EXPECT_NE(decode_error("copysign.f16 %h1, %h2, %h3;"), "");
}

}  // namespace
}  // namespace assay::emulator
