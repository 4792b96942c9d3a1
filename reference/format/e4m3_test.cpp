// SPDX-License-Identifier: Apache-2.0
// E4M3 against values computed with ldexp from OFP8's definition and against results of NVIDIA's
// host function __nv_cvt_float_to_fp8 (CUDA 13.0), which cuda_headers_test compares exhaustively.
#include "reference/format/e4m3.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// OFP8 1.0 table 1: (-1)^s * 2^(e-7) * 1.m, and (-1)^s * 2^-6 * 0.m where e = 0.
double ofp8_value(int code) {
  const int exponent = (code >> 3) & 0xF;
  const double fraction = (code & 7) / 8.0;
  const double magnitude =
      exponent == 0 ? std::ldexp(fraction, -6) : std::ldexp(1 + fraction, exponent - 7);
  return (code & 0x80) != 0 ? -magnitude : magnitude;
}

float from_bits(std::uint32_t bits) {
  return std::bit_cast<float>(bits);
}

TEST(E4m3, EveryCodeDecodesToItsOfp8Value) {
  for (int code = 0; code < 256; ++code) {
    if ((code & 0x7F) == 0x7F) continue;
    const float value = e4m3_to_f32(static_cast<std::uint8_t>(code));
    EXPECT_EQ(static_cast<double>(value), ofp8_value(code)) << code;
    EXPECT_EQ(std::signbit(value), code >= 0x80) << code;
  }
}

TEST(E4m3, NaNCodesDecodeToTheQuietNaN) {
  EXPECT_EQ(std::bit_cast<std::uint32_t>(e4m3_to_f32(0x7F)), 0x7FC00000u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(e4m3_to_f32(0xFF)), 0x7FC00000u);
  EXPECT_TRUE(is_e4m3_nan(0x7F));
  EXPECT_TRUE(is_e4m3_nan(0xFF));
  EXPECT_FALSE(is_e4m3_nan(0x7E));
  EXPECT_FALSE(is_e4m3_nan(0xFE));
}

TEST(E4m3, UnitsAreTheValueTimes512AndZeroForNaN) {
  for (int code = 0; code < 256; ++code) {
    const bool is_nan = (code & 0x7F) == 0x7F;
    EXPECT_EQ(e4m3_to_units(static_cast<std::uint8_t>(code)), is_nan ? 0 : 512 * ofp8_value(code));
  }
}

TEST(E4m3, EveryFiniteCodeEncodesToItself) {
  for (int code = 0; code < 256; ++code) {
    if ((code & 0x7F) == 0x7F) continue;
    EXPECT_EQ(f32_to_e4m3(static_cast<float>(ofp8_value(code))), code);
  }
}

TEST(E4m3, EveryTieGoesToTheEvenCodeAndOneUlpBesideItToTheNearer) {
  for (int code = 0; code < 0x7E; ++code) {
    const auto tie = static_cast<float>((ofp8_value(code) + ofp8_value(code + 1)) / 2);
    const int even = code + (code & 1);
    EXPECT_EQ(f32_to_e4m3(tie), even) << tie;
    EXPECT_EQ(f32_to_e4m3(std::nextafter(tie, 0.0f)), code) << tie;
    EXPECT_EQ(f32_to_e4m3(std::nextafter(tie, kInfinity)), code + 1) << tie;
    EXPECT_EQ(f32_to_e4m3(-tie), even | 0x80) << tie;
    EXPECT_EQ(f32_to_e4m3(-std::nextafter(tie, 0.0f)), code | 0x80) << tie;
    EXPECT_EQ(f32_to_e4m3(-std::nextafter(tie, kInfinity)), (code + 1) | 0x80) << tie;
  }
}

TEST(E4m3, TieAt464SaturatesTo448) {
  for (const float value : {448.0f, 463.99997f, 464.0f, 464.00003f, 480.0f, 1e30f, 3.4e38f}) {
    EXPECT_EQ(f32_to_e4m3(value), 0x7E) << value;
    EXPECT_EQ(f32_to_e4m3(-value), 0xFE) << value;
  }
}

TEST(E4m3, InfinitySaturates) {
  EXPECT_EQ(f32_to_e4m3(kInfinity), 0x7E);
  EXPECT_EQ(f32_to_e4m3(-kInfinity), 0xFE);
}

TEST(E4m3, EveryNaNGivesThePositiveNaNCode) {
  for (const std::uint32_t bits : {0x7F800001u, 0x7FBFFFFFu, 0x7FC00000u, 0x7FFFFFFFu}) {
    EXPECT_EQ(f32_to_e4m3(from_bits(bits)), 0x7F);
    EXPECT_EQ(f32_to_e4m3(from_bits(bits | 0x80000000u)), 0x7F);
  }
}

TEST(E4m3, ZerosAndUnderflowKeepTheirSign) {
  const float smallest = std::numeric_limits<float>::denorm_min();
  for (const float value : {0.0f, smallest, 1.17549421e-38f, 1e-30f, 0x1p-11f, 0x1p-10f}) {
    EXPECT_EQ(f32_to_e4m3(value), 0x00) << value;
    EXPECT_EQ(f32_to_e4m3(-value), 0x80) << value;
  }
}

TEST(E4m3, SubnormalResultsAreNotFlushed) {
  EXPECT_EQ(f32_to_e4m3(0x1p-9f), 0x01);
  EXPECT_EQ(f32_to_e4m3(0x1.00002p-10f), 0x01);
  EXPECT_EQ(f32_to_e4m3(-0x7p-9f), 0x87);
  EXPECT_EQ(f32_to_e4m3(0x7.8p-9f), 0x08);
}

TEST(E4m3, ArraysConvertLikeSingleValues) {
  std::vector<float> values;
  for (std::uint64_t bits = 0; bits <= 0xFFFFFFFF; bits += 65521) {
    values.push_back(from_bits(static_cast<std::uint32_t>(bits)));
  }
  for (std::size_t size : {values.size(), std::size_t{0}, std::size_t{1}, std::size_t{63}}) {
    std::vector<std::uint8_t> codes(size + 1, 0xA5);
    f32_to_e4m3(std::span(values).last(size), std::span(codes).first(size));
    for (std::size_t i = 0; i < size; ++i) {
      const float value = values[values.size() - size + i];
      ASSERT_EQ(codes[i], f32_to_e4m3(value)) << value;
    }
    EXPECT_EQ(codes[size], 0xA5) << "written past the end";
  }
}

}  // namespace
}  // namespace assay
