// SPDX-License-Identifier: Apache-2.0
// cvt to and from packed FP8, FP6, FP4, E8M0 and half pairs, and to TF32: PTX ISA 9.0, section
// 9.7.9.21. Oracle of the codes: the host functions of NVIDIA's headers; of what they do not have
// (.relu, .rs) the ISA's text. (Every binary32 input: packed_sweep_test.cpp.)
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp4.h>
#include <cuda_fp6.h>
#include <cuda_fp8.h>

#include "cuda/emulator/instructions/mpfr_oracle.hpp"
#include "cuda/emulator/instructions/ptx_test.hpp"
#include "cuda/emulator/instructions/sample_inputs.hpp"

namespace assay::emulator {
namespace {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;

// A small format: its name, the headers' conversions, and the bits between the two of a pair.
struct Small {
  const char* name;
  int pitch;
  u8 (*of_float)(float);
  u8 (*of_half)(u16);
  u8 (*of_bfloat16)(u16);
  u16 (*to_half)(u8);
};

template <__nv_fp8_interpretation_t K>
Small fp8(const char* name) {
  return {name,
          8,
          [](float x) -> u8 { return __nv_cvt_float_to_fp8(x, __NV_SATFINITE, K); },
          [](u16 x) -> u8 { return __nv_cvt_halfraw_to_fp8({x}, __NV_SATFINITE, K); },
          [](u16 x) -> u8 { return __nv_cvt_bfloat16raw_to_fp8({x}, __NV_SATFINITE, K); },
          [](u8 x) -> u16 { return __nv_cvt_fp8_to_halfraw(x, K).x; }};
}
template <__nv_fp6_interpretation_t K>
Small fp6(const char* name) {
  return {name,
          8,
          [](float x) -> u8 { return __nv_cvt_float_to_fp6(x, K, cudaRoundNearest); },
          [](u16 x) -> u8 { return __nv_cvt_halfraw_to_fp6({x}, K, cudaRoundNearest); },
          [](u16 x) -> u8 { return __nv_cvt_bfloat16raw_to_fp6({x}, K, cudaRoundNearest); },
          [](u8 x) -> u16 { return __nv_cvt_fp6_to_halfraw(x, K).x; }};
}
Small fp4() {
  return {"e2m1",
          4,
          [](float x) -> u8 { return __nv_cvt_float_to_fp4(x, __NV_E2M1, cudaRoundNearest); },
          [](u16 x) -> u8 { return __nv_cvt_halfraw_to_fp4({x}, __NV_E2M1, cudaRoundNearest); },
          [](u16 x) -> u8 { return __nv_cvt_bfloat16raw_to_fp4({x}, __NV_E2M1, cudaRoundNearest); },
          [](u8 x) -> u16 { return __nv_cvt_fp4_to_halfraw(x, __NV_E2M1).x; }};
}

std::vector<Small> small_formats() {
  return {fp8<__NV_E4M3>("e4m3"), fp8<__NV_E5M2>("e5m2"), fp6<__NV_E2M3>("e2m3"),
          fp6<__NV_E3M2>("e3m2"), fp4()};
}

// Calls f with the type of the pair's register.
template <typename F>
void for_each_small(F f) {
  for (const Small& format : small_formats())
    if (format.pitch == 4)
      f(format, u8{});
    else
      f(format, u16{});
}

// Floats around the numbers and ties of formats of few bits.
std::vector<std::tuple<float, float>> float_pairs() {
  auto rows = sample_inputs<float, float>(5000);
  std::mt19937_64 random(12);
  const auto small = [&] {
    const int exponent = static_cast<int>(random() % 40) - 22;
    const auto fraction = static_cast<float>(16 + random() % 16);
    const float x = std::ldexp(fraction, exponent - 4);
    const float near = std::nextafter(x, random() % 2 == 0 ? 0.0f : INFINITY);
    const float chosen = random() % 3 == 0 ? near : x;
    return random() % 2 == 0 ? chosen : -chosen;
  };
  for (int i = 0; i < 20000; ++i) {
    const float a = small();
    rows.emplace_back(a, small());
  }
  return rows;
}

TEST(PackedConvert, FromTwoBinary32) {  // the first source in the upper part
  for_each_small([]<typename Pair>(const Small& format, Pair) {
    expect_function<Pair, float, float>(
        fmt::format("cvt.rn.satfinite.{}x2.f32 %d, %a, %b;", format.name), float_pairs(),
        [&](float a, float b) {
          return static_cast<Pair>(format.of_float(a) << format.pitch | format.of_float(b));
        });
    // .relu: "clamps negative results to 0. NaN result is converted to canonical NaN."
    expect_function<Pair, float, float>(
        fmt::format("cvt.rn.satfinite.relu.{}x2.f32 %d, %a, %b;", format.name), float_pairs(),
        [&](float a, float b) {
          const auto relu = [](float x) { return std::signbit(x) && x == x ? 0.0f : x; };
          return static_cast<Pair>(format.of_float(relu(a)) << format.pitch |
                                   format.of_float(relu(b)));
        });
  });
}

TEST(PackedConvert, FromPairsOfHalves) {  // upper half to upper part; every half once in each
  std::vector<std::tuple<u32>> rows;
  for (u32 i = 0; i < 65536; ++i)
    rows.emplace_back(i << 16 | ((i * 40503u) & 0xFFFF));
  for_each_small([&]<typename Pair>(const Small& format, Pair) {
    expect_function<Pair, u32>(
        fmt::format("cvt.rn.satfinite.{}x2.f16x2 %d, %a;", format.name), rows, [&](u32 a) {
          return static_cast<Pair>(format.of_half(static_cast<u16>(a >> 16)) << format.pitch |
                                   format.of_half(static_cast<u16>(a)));
        });
    expect_function<Pair, u32>(
        fmt::format("cvt.rn.satfinite.{}x2.bf16x2 %d, %a;", format.name), rows, [&](u32 a) {
          return static_cast<Pair>(format.of_bfloat16(static_cast<u16>(a >> 16)) << format.pitch |
                                   format.of_bfloat16(static_cast<u16>(a)));
        });
  });
}

TEST(PackedConvert, ToPairsOfHalves) {  // every pair of codes
  for_each_small([]<typename Pair>(const Small& format, Pair) {
    const u32 mask = format.name[1] == '2' && format.name[3] == '1' ? 0xF
                     : format.name == std::string("e2m3") || format.name == std::string("e3m2")
                         ? 0x3F
                         : 0xFF;
    std::vector<std::tuple<Pair>> rows;
    for (u32 pair = 0; pair < (format.pitch == 4 ? 256u : 65536u); ++pair)
      rows.emplace_back(static_cast<Pair>(pair));
    const auto half = [&](u32 pair, int shift) {
      return u32{format.to_half(static_cast<u8>(pair >> shift & mask))};
    };
    expect_function<u32, Pair>(fmt::format("cvt.rn.f16x2.{}x2 %d, %a;", format.name), rows,
                               [&](Pair a) { return half(a, format.pitch) << 16 | half(a, 0); });
    expect_function<u32, Pair>(fmt::format("cvt.rn.relu.f16x2.{}x2 %d, %a;", format.name), rows,
                               [&](Pair a) {
                                 const auto relu = [](u32 x) { return x >> 15 != 0 ? 0u : x; };
                                 return relu(half(a, format.pitch)) << 16 | relu(half(a, 0));
                               });
  });
}

TEST(PackedConvert, Scales) {  // ue8m0x2
  struct Form {
    const char* modifiers;
    cudaRoundMode rounding;
    __nv_saturation_t saturation;
  };
  for (const auto& [modifiers, rounding, saturation] :
       {Form{"rz.satfinite", cudaRoundZero, __NV_SATFINITE},
        Form{"rp.satfinite", cudaRoundPosInf, __NV_SATFINITE},
        Form{"rz", cudaRoundZero, __NV_NOSAT}, Form{"rp", cudaRoundPosInf, __NV_NOSAT}}) {
    const auto of_float = [=](float x) { return __nv_cvt_float_to_e8m0(x, saturation, rounding); };
    expect_function<u16, float, float>(
        fmt::format("cvt.{}.ue8m0x2.f32 %d, %a, %b;", modifiers), float_pairs(),
        [=](float a, float b) { return static_cast<u16>(of_float(a) << 8 | of_float(b)); });
    const auto of_bf16 = [=](u32 word, int shift) {
      return __nv_cvt_bfloat16raw_to_e8m0({static_cast<u16>(word >> shift)}, saturation, rounding);
    };
    expect_function<u16, u32>(
        fmt::format("cvt.{}.ue8m0x2.bf16x2 %d, %a;", modifiers), sample_inputs<u32>(60000),
        [=](u32 a) { return static_cast<u16>(of_bf16(a, 16) << 8 | of_bf16(a, 0)); });
  }
  std::vector<std::tuple<u16>> rows;
  for (u32 pair = 0; pair < 65536; ++pair)
    rows.emplace_back(static_cast<u16>(pair));
  expect_function<u32, u16>("cvt.rn.bf16x2.ue8m0x2 %d, %a;", rows, [](u16 a) {
    const auto half = [](int code) {
      return u32{__nv_cvt_e8m0_to_bf16raw(static_cast<u8>(code)).x};
    };
    return half(a >> 8) << 16 | half(a & 0xFF);
  });
}

TEST(PackedConvert, PairsOfHalvesFromBinary32) {
  const auto pair = [](u16 a, u16 b) { return u32{a} << 16 | b; };
  const auto rows = float_pairs();
  expect_function<u32, float, float>("cvt.rn.f16x2.f32 %d, %a, %b;", rows, [=](float a, float b) {
    return pair(__half_raw(__float2half_rn(a)).x, __half_raw(__float2half_rn(b)).x);
  });
  expect_function<u32, float, float>("cvt.rz.f16x2.f32 %d, %a, %b;", rows, [=](float a, float b) {
    return pair(__half_raw(__float2half_rz(a)).x, __half_raw(__float2half_rz(b)).x);
  });
  const auto bf16 = [](__nv_bfloat16 x) { return __nv_bfloat16_raw(x).x; };
  expect_function<u32, float, float>("cvt.rn.bf16x2.f32 %d, %a, %b;", rows, [=](float a, float b) {
    return pair(bf16(__float2bfloat16_rn(a)), bf16(__float2bfloat16_rn(b)));
  });
  expect_function<u32, float, float>("cvt.rz.bf16x2.f32 %d, %a, %b;", rows, [=](float a, float b) {
    return pair(bf16(__float2bfloat16_rz(a)), bf16(__float2bfloat16_rz(b)));
  });
  expect_function<u32, float, float>(
      "cvt.rn.relu.satfinite.f16x2.f32 %d, %a, %b;", rows, [=](float a, float b) {
        const auto half = [](float x) -> u16 {
          if (x != x) return 0x7FFF;
          if (std::signbit(x)) return 0;
          return std::min<u16>(__half_raw(__float2half_rn(x)).x, 0x7BFF);
        };
        return pair(half(a), half(b));
      });
}

TEST(PackedConvert, Tf32) {  // a binary32 whose 13 low bits are 0
  const FloatFormat format{.exponent_bits = 8, .fraction_bits = 10, .bias = 127};
  const auto rounded = [=](float x, mpfr_rnd_t direction) {
    return static_cast<u32>(Real(x).code(format, direction)) << 13;
  };
  // To nearest, ties away: half a unit is added to the magnitude, then cut.
  const auto away = [](float x) { return (std::bit_cast<u32>(x) + 0x1000) & 0xFFFFE000; };
  const auto nan_or = [](float x, u32 code) { return x != x ? 0x7FFFE000 : code; };
  const auto limited = [](u32 code) {
    return (code & 0x7FFFFFFF) >= 0x7F800000 ? (code & 0x80000000) | 0x7F7FE000 : code;
  };
  const auto rows = sample_inputs<float>(30000);
  expect_function<u32, float>("cvt.rna.tf32.f32 %d, %a;", rows, [=](float a) {
    return nan_or(a, std::isinf(a) ? std::bit_cast<u32>(a) : away(a));
  });
  expect_function<u32, float>("cvt.rna.satfinite.tf32.f32 %d, %a;", rows, [=](float a) {
    return nan_or(a, limited(std::isinf(a) ? std::bit_cast<u32>(a) : away(a)));
  });
  expect_function<u32, float>("cvt.rn.tf32.f32 %d, %a;", rows,
                              [=](float a) { return nan_or(a, rounded(a, MPFR_RNDN)); });
  expect_function<u32, float>("cvt.rz.relu.tf32.f32 %d, %a;", rows, [=](float a) {
    return nan_or(a, std::signbit(a) ? 0 : rounded(a, MPFR_RNDZ));
  });
  expect_function<u32, float>("cvt.rn.satfinite.tf32.f32 %d, %a;", rows,
                              [=](float a) { return nan_or(a, limited(rounded(a, MPFR_RNDN))); });
}

// --- .rs ----------------------------------------------------------------------------------------

// 9.7.9.21: rounded away from zero where adding the random bits to the bits that are cut off
// carries: where fraction + random / 2^bits >= 1.
u32 stochastic(float x, const FloatFormat& format, u32 random, int bits, u32 beyond, u32 nan) {
  if (x != x) return nan;
  const u32 sign = static_cast<u32>(std::signbit(x)) << format.sign_shift();
  if (std::isinf(x)) return sign | beyond;
  const double magnitude = std::fabs(static_cast<double>(x));
  const int exponent = x == 0 ? -1000 : std::ilogb(magnitude);
  const int unit = std::max(exponent, 1 - format.bias) - format.fraction_bits;
  const double units = std::ldexp(magnitude, -unit);  // exact
  const double whole = std::floor(units);
  const bool carries = units - whole + std::ldexp(static_cast<double>(random), -bits) >= 1;
  const double rounded = std::ldexp(whole + (carries ? 1 : 0), unit);
  const double largest =
      std::ldexp(2, static_cast<int>(format.max_code() >> format.fraction_bits) - format.bias);
  if (rounded >= largest) return sign | beyond;
  const auto code = [&] {
    const int e = rounded == 0 ? -1000 : std::ilogb(rounded);
    const int u = std::max(e, 1 - format.bias) - format.fraction_bits;
    const auto fraction = static_cast<u32>(std::ldexp(rounded, -u));
    const auto field = static_cast<u32>(std::max(e, 1 - format.bias) + format.bias - 1);
    return (field << format.fraction_bits) + fraction;
  }();
  return sign | (code > format.max_code() ? beyond : code);
}

TEST(StochasticRounding, OfHalfPairs) {
  auto rows = sample_inputs<float, float, u32>(20000);
  expect_function<u32, float, float, u32>(
      "cvt.rs.f16x2.f32 %d, %a, %b, %c;", rows,
      [](float a, float b, u32 c) {
        return stochastic(a, kF16, c >> 16 & 0x1FFF, 13, 0x7C00, 0x7FFF) << 16 |
               stochastic(b, kF16, c & 0x1FFF, 13, 0x7C00, 0x7FFF);
      },
      "sm_100a");
  expect_function<u32, float, float, u32>(
      "cvt.rs.satfinite.bf16x2.f32 %d, %a, %b, %c;", rows,
      [](float a, float b, u32 c) {
        return stochastic(a, kBf16, c >> 16, 16, 0x7F7F, 0x7FFF) << 16 |
               stochastic(b, kBf16, c & 0xFFFF, 16, 0x7F7F, 0x7FFF);
      },
      "sm_103a");
}

TEST(StochasticRounding, OfFourValues) {
  std::vector<std::tuple<float, float, float, u32>> rows;
  std::mt19937_64 random(13);
  const auto pairs = float_pairs();
  for (std::size_t i = 0; i + 1 < pairs.size(); ++i)
    rows.emplace_back(std::get<0>(pairs[i]), std::get<1>(pairs[i]), std::get<0>(pairs[i + 1]),
                      static_cast<u32>(random()));
  const auto check = [&]<typename Word>(const char* name, const FloatFormat& format, int pitch,
                                        std::array<int, 4> bytes, Word) {
    const auto max = static_cast<u32>(format.max_code());
    const u32 nan = static_cast<u32>(format.magnitude_mask());
    expect_function<Word, float, float, float, u32>(
        fmt::format("cvt.rs.satfinite.{}x4.f32 %d, {{%a, %b, %c, %a}}, %e;", name), rows,
        [=](float a, float b, float c, u32 r) {
          const float values[] = {a, b, c, a};
          u32 word = 0;
          for (std::size_t i = 0; i < 4; ++i)
            word = word << pitch | stochastic(values[i], format, r >> bytes[i] & 0xFF, 8, max, nan);
          return static_cast<Word>(word);
        },
        "sm_100a");
  };
  check("e4m3", kE4m3, 8, {24, 16, 8, 0}, u32{});
  check("e5m2", kE5m2, 8, {24, 16, 8, 0}, u32{});
  check("e2m3", kE2m3, 8, {24, 16, 8, 0}, u32{});
  check("e3m2", kE3m2, 8, {24, 16, 8, 0}, u32{});
  check("e2m1", kE2m1, 4, {24, 8, 16, 0}, u16{});
}

// --- what is legal where ------------------------------------------------------------------------

TEST(PackedConvert, TargetsAreChecked) {  // facts of ptxas 13.0: ptxas_forms_test.cpp
  const std::string fp4 = "cvt.rn.satfinite.e2m1x2.f32 %c1, %f1, %f2;";
  const std::string random = "cvt.rs.f16x2.f32 %r1, %f1, %f2, %r2;";
  const std::string fp8 = "cvt.rn.satfinite.e4m3x2.f32 %h1, %f1, %f2;";
  for (const char* target : {"sm_100a", "sm_103a", "sm_110a", "sm_110f"})
    EXPECT_EQ(decode_error(fp4, target), "") << target;
  EXPECT_NE(decode_error(fp4, "sm_110").find("architecture-specific"), std::string::npos);
  EXPECT_EQ(decode_error(fp8, "sm_110"), "");
  EXPECT_EQ(decode_error(random, "sm_100a"), "");
  EXPECT_EQ(decode_error(random, "sm_103a"), "");
  EXPECT_NE(decode_error(random, "sm_110a").find(".rs needs sm_100a or sm_103a"),
            std::string::npos);
}

TEST(PackedConvert, FormsThatDoNotExistAreRefused) {
  EXPECT_NE(decode_error("cvt.rn.e4m3x2.f32 %h1, %f1, %f2;"), "");
  EXPECT_NE(decode_error("cvt.rz.satfinite.e4m3x2.f32 %h1, %f1, %f2;"), "");
  EXPECT_NE(decode_error("cvt.rn.satfinite.e2m1x2.f32 %h1, %f1, %f2;"), "");
  EXPECT_NE(decode_error("cvt.rn.satfinite.ue8m0x2.f32 %h1, %f1, %f2;"), "");
  EXPECT_NE(decode_error("cvt.rn.satfinite.f16x2.e4m3x2 %r1, %h1;"), "");
  EXPECT_NE(decode_error("cvt.rn.bf16x2.e4m3x2 %r1, %h1;"), "");
  EXPECT_NE(decode_error("cvt.rna.relu.tf32.f32 %r1, %f1;"), "");
  EXPECT_NE(decode_error("cvt.tf32.f32 %r1, %f1;"), "");
  EXPECT_NE(decode_error("cvt.rs.e4m3x4.f32 %r1, {%f1, %f2, %f3, %f4}, %r2;", "sm_100a"), "");
  EXPECT_NE(decode_error("cvt.rs.satfinite.e4m3x4.f32 %r1, {%f1, %f2}, %r2;", "sm_100a"), "");
}

}  // namespace
}  // namespace assay::emulator
