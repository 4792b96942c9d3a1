// SPDX-License-Identifier: Apache-2.0
// The .approx and .full instructions are correctly rounded: against MPFR, on random inputs and on
// those nearest to rounding boundaries. Special values and .ftz: tables of PTX ISA 9.0, sections
// 9.7.3.8, 9.7.3.13 to 9.7.3.22, 9.7.4.9, 9.7.4.10. approximate_sweep_test.cpp looks at all inputs.
#include "cuda/emulator/instructions/mpfr_oracle.hpp"
#include "cuda/emulator/instructions/ptx_test.hpp"
#include "cuda/emulator/instructions/sample_inputs.hpp"

namespace assay::emulator {
namespace {

using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using Exact = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

struct Named {
  const char* opcode;
  Exact exact;
};
constexpr Named kFunctions[] = {{"ex2", mpfr_exp2}, {"lg2", mpfr_log2},  {"sin", mpfr_sin},
                                {"cos", mpfr_cos},  {"tanh", mpfr_tanh}, {"rsqrt", mpfr_rec_sqrt}};

constexpr float kNan = std::bit_cast<float>(0x7FFFFFFFu);
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr double kInfinityF64 = std::numeric_limits<double>::infinity();

float rounded(const Real& exact) {
  if (exact.is_nan()) return kNan;
  return std::bit_cast<float>(static_cast<u32>(exact.code(kF32, MPFR_RNDN)));
}

// Of MPFR's functions but one: its 1/sqrt(-0) is +Inf.
float exact_value(Exact function, float x) {
  if (function == mpfr_rec_sqrt && x == 0) return std::copysign(kInfinity, x);
  return rounded(Real::of(function, x));
}

float flushed(float x) {
  return std::fabs(x) < 0x1p-126f ? std::copysign(0.0f, x) : x;
}

TEST(Approximate, AMillionInputsAreRoundedAsMpfrSays) {
  for (const auto& [opcode, exact] : kFunctions)
    expect_function<float, float>(fmt::format("{}.approx.f32 %d, %a;", opcode),
                                  sample_inputs<float>(175'000),
                                  [&](float x) { return exact_value(exact, x); });
}

// Inputs whose results lie within 2^-50 of a rounding boundary, or on one. Of those marked, glibc's
// binary64 function rounds to the wrong side.
TEST(Approximate, TheHardestInputsAreRoundedAsMpfrSays) {
  const auto expect = [](const char* opcode, Exact exact, const std::vector<u32>& inputs) {
    std::vector<std::tuple<float>> rows;
    for (const u32 bits : inputs)
      rows.emplace_back(std::bit_cast<float>(bits));
    expect_function<float, float>(fmt::format("{}.approx.f32 %d, %a;", opcode), rows,
                                  [&](float x) { return exact_value(exact, x); });
  };
  expect("ex2", mpfr_exp2,
         {0x33B8AA3B, 0x33B8AA3C, 0x36879CF7, 0x3A07857C, 0x3C02A9AD, 0xB466D4CB, 0xB52D1F9A,
          0xB8D3D026, 0xBAEC2B40, 0xBE1F29DE, 0x3B429D37 /* marked */, 0xBCF3A937 /* marked */,
          0xC3160000 /* 2^-150: a tie */});
  expect("lg2", mpfr_log2,
         {0x002452A4, 0x0048A548, 0x00914A90, 0x2FD54996, 0x3EA07AB9, 0x40207AB9, 0x4CD54996,
          0x4FD54996, 0x63914A90, 0x7F114A90});
  expect("sin", mpfr_sin,
         {0x3DCF5597, 0x3EF3830F, 0x42D44528, 0x4371ADE3, 0x45A8ABB3, 0x4967CB9B, 0x7F2A2CA7,
          0x46199998 /* marked */, 0xC6199998 /* marked */});
  expect("cos", mpfr_cos,
         {0x39800000, 0x3A0F1BBD, 0x3A544395, 0x3C107FE6, 0x42378DB8, 0x424790CE, 0x7DB91687,
          0x5F18B878 /* marked */, 0x6115CB11 /* marked */});
  expect("tanh", mpfr_tanh, {0x39B89BA3, 0x39B89BA4, 0x3A27BA3B, 0x3AC37DE2, 0xBAC37DE2});
  expect("rsqrt", mpfr_rec_sqrt,
         {0x000ED323, 0x00113E07, 0x00272806, 0x004EE8B5, 0x013A18E3, 0x3F3A18E3, 0x403A18E3,
          0x7F3A18E3});
}

TEST(Approximate, ExactResultsAreExact) {
  std::vector<std::tuple<float>> integers, powers, even_powers;
  for (int e = -149; e < 128; ++e) {
    integers.emplace_back(static_cast<float>(e));
    powers.emplace_back(std::ldexp(1.0f, e));
    if (e % 2 == 0) even_powers.emplace_back(std::ldexp(1.0f, e));
  }
  expect_function<float, float>("ex2.approx.f32 %d, %a;", integers,
                                [](float x) { return std::ldexp(1.0f, static_cast<int>(x)); });
  expect_function<float, float>("lg2.approx.f32 %d, %a;", powers,
                                [](float x) { return static_cast<float>(std::ilogb(x)); });
  expect_function<float, float>("rsqrt.approx.f32 %d, %a;", even_powers,
                                [](float x) { return std::ldexp(1.0f, -std::ilogb(x) / 2); });
}

TEST(Approximate, FlushToZeroTakesSubnormalInputsAndResults) {
  auto rows = sample_inputs<float>(20'000);
  std::mt19937_64 random(7);
  for (int i = 0; i < 5000; ++i) {  // results of ex2 about the smallest normal number; subnormals
    rows.emplace_back(-125.9f - static_cast<float>(random() % 4096) / 0x1p14f);
    rows.emplace_back(std::bit_cast<float>(static_cast<u32>(random()) & 0x807FFFFF));
  }
  for (const auto& [opcode, exact] : kFunctions) {
    if (exact == mpfr_tanh) continue;
    expect_function<float, float>(fmt::format("{}.approx.ftz.f32 %d, %a;", opcode), rows,
                                  [&](float x) { return flushed(exact_value(exact, flushed(x))); });
  }
}

struct Special {
  float input, result;
};

void expect_table(const std::string& instruction, const std::vector<Special>& table) {
  std::vector<std::tuple<float>> rows;
  for (const Special& row : table)
    rows.emplace_back(row.input);
  expect_function<float, float>(instruction + " %d, %a;", rows, [&](float x) {
    for (const Special& row : table)
      if (std::bit_cast<u32>(row.input) == std::bit_cast<u32>(x)) return row.result;
    return 0.0f;
  });
}

TEST(Approximate, SpecialValuesAreThoseOfTheTables) {
  constexpr float kPayload = std::bit_cast<float>(0xFFC12345u), kSubnormal = 0x1p-140f;
  for (const std::string ftz : {"", ".ftz"}) {
    expect_table("ex2.approx" + ftz + ".f32",
                 {{-kInfinity, 0}, {-0.0f, 1}, {0, 1}, {kInfinity, kInfinity}, {kPayload, kNan}});
    expect_table("lg2.approx" + ftz + ".f32", {{-kInfinity, kNan},
                                               {-1, kNan},
                                               {-0.0f, -kInfinity},
                                               {0, -kInfinity},
                                               {kInfinity, kInfinity},
                                               {kPayload, kNan}});
    expect_table("sin.approx" + ftz + ".f32",
                 {{-kInfinity, kNan}, {-0.0f, -0.0f}, {0, 0}, {kInfinity, kNan}, {kPayload, kNan}});
    expect_table("cos.approx" + ftz + ".f32",
                 {{-kInfinity, kNan}, {-0.0f, 1}, {0, 1}, {kInfinity, kNan}, {kPayload, kNan}});
    expect_table("rsqrt.approx" + ftz + ".f32", {{-kInfinity, kNan},
                                                 {-1, kNan},
                                                 {-0.0f, -kInfinity},
                                                 {0, kInfinity},
                                                 {kInfinity, 0},
                                                 {kPayload, kNan}});
    expect_table("rcp.approx" + ftz + ".f32", {{-kInfinity, -0.0f},
                                               {-0.0f, -kInfinity},
                                               {0, kInfinity},
                                               {kInfinity, 0},
                                               {kPayload, kNan}});
    expect_table("sqrt.approx" + ftz + ".f32", {{-kInfinity, kNan},
                                                {-1, kNan},
                                                {-0.0f, -0.0f},
                                                {0, 0},
                                                {kInfinity, kInfinity},
                                                {kPayload, kNan}});
  }
  expect_table("tanh.approx.f32", {{-kInfinity, -1},
                                   {-0.0f, -0.0f},
                                   {0, 0},
                                   {kInfinity, 1},
                                   {kPayload, kNan},
                                   {kSubnormal, kSubnormal}});
  expect_table("lg2.approx.ftz.f32", {{kSubnormal, -kInfinity}, {-kSubnormal, -kInfinity}});
  expect_table("lg2.approx.f32", {{kSubnormal, -140}, {-kSubnormal, kNan}});
  expect_table("rsqrt.approx.ftz.f32", {{kSubnormal, kInfinity}, {-kSubnormal, -kInfinity}});
  expect_table("sin.approx.ftz.f32", {{kSubnormal, 0}, {-kSubnormal, -0.0f}});
}

// 9.7.3.8, 9.7.3.13, 9.7.3.15: the errors allowed are 2, 1 and 1 ulp.
TEST(Approximate, QuotientsAndRootsAreCorrectlyRounded) {
  for (const bool flushes : {false, true}) {
    const std::string ftz = flushes ? ".ftz" : "";
    const auto in = [=](float x) { return flushes ? flushed(x) : x; };
    expect_function<float, float>("rcp.approx" + ftz + ".f32 %d, %a;", sample_inputs<float>(20'000),
                                  [&](float x) { return in(rounded(Real(1.0) / Real(in(x)))); });
    expect_function<float, float>("sqrt.approx" + ftz + ".f32 %d, %a;",
                                  sample_inputs<float>(20'000),
                                  [&](float x) { return rounded(Real::sqrt(Real(in(x)))); });
    expect_function<float, float, float>(
        "div.full" + ftz + ".f32 %d, %a, %b;", sample_inputs<float, float>(20'000),
        [&](float a, float b) { return in(rounded(Real(in(a)) / Real(in(b)))); });
    // By 2^126 < |b| < 2^128: NaN of an infinity, else a zero.
    auto rows = sample_inputs<float, float>(20'000);
    for (const float a : Samples<float>::edges())
      for (const u32 magnitude : {0x7E7FFFFFu, 0x7E800000u, 0x7E800001u, 0x7F7FFFFFu})
        rows.emplace_back(a, std::bit_cast<float>(magnitude));
    expect_function<float, float, float>(
        "div.approx" + ftz + ".f32 %d, %a, %b;", rows, [&](float a, float b) {
          if (std::fabs(b) > 0x1p126f && std::fabs(b) < kInfinity)
            return std::isfinite(a)
                       ? std::copysign(0.0f, std::signbit(a) != std::signbit(b) ? -1.0f : 1.0f)
                       : kNan;
          return in(rounded(Real(in(a)) / Real(in(b))));
        });
  }
}

float f16_value(u16 bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 0x3FF;
  float magnitude = std::ldexp(static_cast<float>(fraction + (exponent > 0 ? 1024 : 0)),
                               std::max(exponent, 1) - 25);
  if (exponent == 31) magnitude = fraction == 0 ? kInfinity : kNan;
  return bits >> 15 != 0 ? -magnitude : magnitude;
}
float bf16_value(u16 bits) {
  return std::bit_cast<float>(u32{bits} << 16);
}
u16 half_code(Exact function, float x, const FloatFormat& format) {
  const Real exact = Real::of(function, x);
  return exact.is_nan() ? 0x7FFF : static_cast<u16>(exact.code(format, MPFR_RNDN));
}

// Every half, and every half as either part of a pair.
void expect_halves(const std::string& instruction, const std::string& type,
                   const std::function<u16(u16)>& expected) {
  std::vector<std::tuple<u16>> rows;
  std::vector<std::tuple<u32>> pairs;
  std::vector<u16> results(0x10000);
  for (u32 bits = 0; bits < 0x10000; ++bits) {
    rows.emplace_back(static_cast<u16>(bits));
    pairs.emplace_back(bits | (bits * 40503 & 0xFFFF) << 16);
    results[bits] = expected(static_cast<u16>(bits));
  }
  expect_function<u16, u16>(fmt::format("{}.{} %d, %a;", instruction, type), rows,
                            [&](u16 x) { return results[x]; });
  expect_function<u32, u32>(fmt::format("{}.{}x2 %d, %a;", instruction, type), pairs, [&](u32 x) {
    return results[x & 0xFFFF] | u32{results[x >> 16]} << 16;
  });
}

TEST(Approximate, EveryHalfIsRoundedAsMpfrSays) {  // 9.7.4.9, 9.7.4.10
  expect_halves("tanh.approx", "f16",
                [](u16 x) { return half_code(mpfr_tanh, f16_value(x), kF16); });
  expect_halves("tanh.approx", "bf16",
                [](u16 x) { return half_code(mpfr_tanh, bf16_value(x), kBf16); });
  expect_halves("ex2.approx", "f16",
                [](u16 x) { return half_code(mpfr_exp2, f16_value(x), kF16); });
  expect_halves("ex2.approx.ftz", "bf16", [](u16 x) {
    const u16 code = half_code(mpfr_exp2, flushed(bf16_value(x)), kBf16);
    return (code & 0x7F80) == 0 ? u16{0} : code;
  });
}

// 9.7.3.14, 9.7.3.17: of the upper word, 20 bits of fraction, subnormals as zeros.
u64 gross_code(const Real& exact) {
  constexpr FloatFormat kUpper{.exponent_bits = 11, .fraction_bits = 20, .bias = 1023};
  if (exact.is_nan()) return 0x7FFF'FFFF'0000'0000;
  const u64 code = exact.code(kUpper, MPFR_RNDN);
  return ((code & 0x7FF0'0000) == 0 ? code & 0x8000'0000 : code) << 32;
}

int reciprocal(mpfr_ptr result, mpfr_srcptr x, mpfr_rnd_t direction) {
  return mpfr_ui_div(result, 1, x, direction);
}

double upper_value(u64 bits) {
  const u64 upper = bits & 0xFFFF'FFFF'0000'0000;
  return std::bit_cast<double>((upper >> 52 & 0x7FF) == 0 ? upper & u64{1} << 63 : upper);
}

std::vector<std::tuple<u64>> gross_inputs() {
  std::vector<std::tuple<u64>> rows;
  std::mt19937_64 random(8);
  for (u64 upper = 0; upper < u64{1} << 21; ++upper)  // every fraction, of two exponents
    rows.emplace_back((u64{0x3FF0'0000} + upper) << 32 | (random() & 0xFFFF'FFFF));
  for (const double x : Samples<double>::edges())
    rows.emplace_back(std::bit_cast<u64>(x));
  for (int i = 0; i < 50'000; ++i)
    rows.emplace_back(random());
  rows.emplace_back(0x7FF0'0000'0000'0001);  // Inf, where the lower word is not looked at
  rows.emplace_back(0xFFF0'0000'1234'5678);
  return rows;
}

TEST(Approximate, UpperWordsOfBinary64AreCorrectlyRounded) {
  expect_function<u64, u64>("rcp.approx.ftz.f64 %d, %a;", gross_inputs(), [](u64 bits) {
    const double x = upper_value(bits);
    return gross_code(Real::of(reciprocal, x));
  });
  expect_function<u64, u64>("rsqrt.approx.ftz.f64 %d, %a;", gross_inputs(), [](u64 bits) {
    const double x = upper_value(bits);
    if (x == 0) return u64{0x7FF0'0000'0000'0000} | std::bit_cast<u64>(x);
    return gross_code(Real::of(mpfr_rec_sqrt, x));
  });
}

// 200 bits decide: 54 bits squared times 53 differ from 1 by 2^-161 at least.
TEST(Approximate, ReciprocalRootsOfBinary64AreCorrectlyRounded) {  // 9.7.3.16
  auto rows = sample_inputs<double>(200'000);
  for (int e = -1074; e < 1024; ++e)
    rows.emplace_back(std::ldexp(1.0, e));
  expect_function<double, double>("rsqrt.approx.f64 %d, %a;", rows, [](double x) {
    if (x == 0) return std::copysign(kInfinityF64, x);
    const Real exact = Real::of(mpfr_rec_sqrt, x);
    const u64 nan = 0xFFF8'0000'0000'0000;
    return std::bit_cast<double>(exact.is_nan() ? nan : exact.code(kF64, MPFR_RNDN));
  });
}

TEST(Approximate, FormsThatDoNotExistAreRefused) {
  for (const char* body :
       {"ex2.f32 %f1, %f2;", "tanh.approx.ftz.f32 %f1, %f2;", "ex2.approx.bf16 %h1, %h2;",
        "ex2.approx.ftz.f16 %h1, %h2;", "sin.approx.f16 %h1, %h2;", "rcp.approx.f64 %d1, %d2;",
        "sqrt.approx.f64 %d1, %d2;", "lg2.approx.f64 %d1, %d2;", "div.approx.f64 %d1, %d2, %d3;",
        "div.full.f64 %d1, %d2, %d3;", "ex2.approx.sat.f32 %f1, %f2;"})
    EXPECT_NE(decode_error(body), "") << body;
}

TEST(Approximate, WhatIsLeftOpenIsMarked) {
  const auto is_marked = [](const std::string& body) {
    const TestKernel kernel(body);
    return std::ranges::any_of(kernel.program().infos,
                               [](const OpInfo& info) { return info.is_unspecified; });
  };
  for (const char* body : {"ex2.approx.f32 %f1, %f2;", "rcp.approx.f32 %f1, %f2;",
                           "sqrt.approx.f32 %f1, %f2;", "div.full.f32 %f1, %f2, %f3;",
                           "div.approx.f32 %f1, %f2, %f3;", "rcp.approx.ftz.f64 %d1, %d2;"})
    EXPECT_TRUE(is_marked(body)) << body;
  for (const char* body : {"rcp.rn.f32 %f1, %f2;", "div.rn.f32 %f1, %f2, %f3;"})
    EXPECT_FALSE(is_marked(body)) << body;
}

}  // namespace
}  // namespace assay::emulator
