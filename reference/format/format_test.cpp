// SPDX-License-Identifier: Apache-2.0
// The formats against the definitions of their standards, written out with ldexp (OFP8 1.0, section
// 5; MX 1.0, sections 5.3 and 5.4; IEEE 754-2019, section 3.4), against the table of limits in
// those standards, and against the processor's own binary32.
#include "reference/format/format.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

struct Limits {
  Format format;
  std::uint64_t max_code;
  double max;
  double min_normal;
  double smallest;
  std::int64_t bytes;
};

// OFP8 1.0, table 2; MX 1.0, tables 1, 4, 5 and 7; IEEE 754-2019, table 3.5.
const std::vector<Limits> kLimits{
    {Format::e2m1, 0x7, 6, 1, 0.5, 1},
    {Format::e2m3, 0x1F, 7.5, 1, 0.125, 1},
    {Format::e3m2, 0x1F, 28, 0.25, 0.0625, 1},
    {Format::e4m3, 0x7E, 448, 0x1p-6, 0x1p-9, 1},
    {Format::e5m2, 0x7B, 57344, 0x1p-14, 0x1p-16, 1},
    {Format::ue4m3, 0x7E, 448, 0x1p-6, 0x1p-9, 1},
    {Format::e8m0, 0xFE, 0x1p127, 0x1p-127, 0x1p-126, 1},
    {Format::f16, 0x7BFF, 65504, 0x1p-14, 0x1p-24, 2},
    {Format::bf16, 0x7F7F, 0x1.FEp127, 0x1p-126, 0x1p-133, 2},
    {Format::tf32, 0x7F7FE000, 0x1.FFCp127, 0x1p-126, 0x1p-136, 4},
    {Format::f32, 0x7F7FFFFF, 0x1.FFFFFEp127, 0x1p-126, 0x1p-149, 4},
    {Format::f64, 0x7FEFFFFFFFFFFFFF, 0x1.FFFFFFFFFFFFFp1023, 0x1p-1022, 0x1p-1074, 8},
};

// (-1)^s * 2^(e - bias) * 1.m, and (-1)^s * 2^(1 - bias) * 0.m where e = 0.
double defined_value(int exponent_bits, int fraction_bits, int bias, std::uint32_t code) {
  const auto exponent = static_cast<int>((code >> fraction_bits) & ((1u << exponent_bits) - 1));
  const auto fraction = static_cast<double>(code & ((1u << fraction_bits) - 1));
  const double significand = std::ldexp(fraction, -fraction_bits);
  const double magnitude = exponent == 0 ? std::ldexp(significand, 1 - bias)
                                         : std::ldexp(1 + significand, exponent - bias);
  return ((code >> (exponent_bits + fraction_bits)) & 1u) != 0 ? -magnitude : magnitude;
}

void expect_value(Format format, std::uint32_t code, double expected) {
  const double value = decode(format, code);
  EXPECT_EQ(value, expected) << format_info(format).name << " " << code;
  EXPECT_EQ(std::signbit(value), std::signbit(expected)) << format_info(format).name << " " << code;
}

TEST(Format, LimitsAreThoseOfTheStandards) {
  ASSERT_EQ(formats().size(), kLimits.size());
  for (std::size_t i = 0; i < kLimits.size(); ++i) {
    const Limits& limits = kLimits[i];
    const FormatInfo& info = formats()[i];
    const FloatFormat& layout = info.layout;
    EXPECT_EQ(info.format, limits.format);
    EXPECT_EQ(layout.max_code() << layout.padding_bits, limits.max_code) << info.name;
    EXPECT_EQ(decode(info.format, limits.max_code), limits.max) << info.name;
    EXPECT_EQ(decode(info.format, layout.min_normal_code() << layout.padding_bits),
              limits.min_normal)
        << info.name;
    EXPECT_EQ(decode(info.format, std::uint64_t{1} << layout.padding_bits), limits.smallest)
        << info.name;
    EXPECT_EQ(format_bytes(info.format), limits.bytes) << info.name;
  }
}

TEST(Format, EveryCodeOfTheSmallSignedFormatsHasItsDefinedValue) {
  for (std::uint32_t code = 0; code < 256; ++code) {
    if (code < 16) expect_value(Format::e2m1, code, defined_value(2, 1, 1, code));
    if (code < 64) expect_value(Format::e2m3, code, defined_value(2, 3, 1, code));
    if (code < 64) expect_value(Format::e3m2, code, defined_value(3, 2, 3, code));
    if ((code & 0x7F) < 0x7F) expect_value(Format::e4m3, code, defined_value(4, 3, 7, code));
    if ((code & 0x7F) < 0x7C) expect_value(Format::e5m2, code, defined_value(5, 2, 15, code));
  }
}

TEST(Format, Ue4m3IgnoresTheTopBit) {
  for (std::uint32_t code = 0; code < 0x7F; ++code) {
    expect_value(Format::ue4m3, code, defined_value(4, 3, 7, code));
    expect_value(Format::ue4m3, code | 0x80, defined_value(4, 3, 7, code));
  }
}

TEST(Format, E8m0HoldsPowersOfTwoAndNoZero) {
  for (std::uint32_t code = 0; code < 255; ++code)
    expect_value(Format::e8m0, code, std::ldexp(1.0, static_cast<int>(code) - 127));
}

TEST(Format, EveryCodeOfTheSixteenBitFormatsHasItsDefinedValue) {
  for (std::uint32_t code = 0; code < 0x10000; ++code) {
    if ((code & 0x7FFF) < 0x7C00) expect_value(Format::f16, code, defined_value(5, 10, 15, code));
    if ((code & 0x7FFF) < 0x7F80)
      expect_value(Format::bf16, code, std::bit_cast<float>(code << 16));
  }
}

TEST(Format, Binary32AndTf32DecodeAsTheProcessorReadsThem) {
  for (std::uint64_t wide = 0; wide <= 0xFFFFFFFF; wide += 99991) {
    const auto code = static_cast<std::uint32_t>(wide);
    if ((code & 0x7FFFFFFF) > 0x7F800000) continue;
    expect_value(Format::f32, code, std::bit_cast<float>(code));
    if ((code & 0x7FFFFFFF) < 0x7F800000)
      expect_value(Format::tf32, code, std::bit_cast<float>(code & 0xFFFFE000));
  }
  expect_value(Format::f32, 1, 0x1p-149);
  expect_value(Format::f32, 0x807FFFFF, -0x1.FFFFFCp-127);
}

TEST(Format, Binary64DecodesToItself) {
  for (const double value : {0.0, -0.0, 1.0, -0x1p-1074, 0x1.FFFFFFFFFFFFFp1023, 0x1.8p-1023})
    EXPECT_EQ(
        std::bit_cast<std::uint64_t>(decode(Format::f64, std::bit_cast<std::uint64_t>(value))),
        std::bit_cast<std::uint64_t>(value));
}

TEST(Format, InfinitiesDecodeToInfinities) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(decode(Format::e5m2, 0x7C), kInfinity);
  EXPECT_EQ(decode(Format::e5m2, 0xFC), -kInfinity);
  EXPECT_EQ(decode(Format::f16, 0x7C00), kInfinity);
  EXPECT_EQ(decode(Format::bf16, 0xFF80), -kInfinity);
  EXPECT_EQ(decode(Format::tf32, 0x7F800000), kInfinity);
  EXPECT_EQ(decode(Format::f32, 0xFF800000), -kInfinity);
  EXPECT_EQ(decode(Format::f64, 0x7FF0000000000000), kInfinity);
}

TEST(Format, EveryNaNCodeDecodesToTheQuietNaN) {
  const std::vector<std::pair<Format, std::vector<std::uint64_t>>> nans{
      {Format::e4m3, {0x7F, 0xFF}},
      {Format::e5m2, {0x7D, 0x7E, 0x7F, 0xFD, 0xFE, 0xFF}},
      {Format::ue4m3, {0x7F, 0xFF}},
      {Format::e8m0, {0xFF}},
      {Format::f16, {0x7C01, 0x7E00, 0x7FFF, 0xFC01, 0xFFFF}},
      {Format::bf16, {0x7F81, 0x7FC0, 0xFFFF}},
      {Format::tf32, {0x7F802000, 0xFFFFE000}},
      {Format::f32, {0x7F800001, 0x7FC00000, 0xFFFFFFFF}},
      {Format::f64, {0x7FF0000000000001, 0xFFF8000000000000}}};
  for (const auto& [format, codes] : nans) {
    for (const std::uint64_t code : codes)
      EXPECT_EQ(std::bit_cast<std::uint64_t>(decode(format, code)), 0x7FF8000000000000u)
          << format_info(format).name << " " << code;
  }
}

TEST(Format, TheVectorizableDecoderAgreesWithTheGeneralOne) {
  for (std::uint32_t wide = 0; wide < 256; ++wide) {
    const auto code = static_cast<std::uint8_t>(wide);
    const auto same = [&](float fast, Format format) {
      const auto exact = static_cast<float>(decode(format, code));
      EXPECT_EQ(std::bit_cast<std::uint32_t>(fast), std::bit_cast<std::uint32_t>(exact))
          << format_info(format).name << " " << wide;
    };
    same(decode<kE2m1>(code), Format::e2m1);
    same(decode<kE2m3>(code), Format::e2m3);
    same(decode<kE3m2>(code), Format::e3m2);
    same(decode<kE4m3>(code), Format::e4m3);
    same(decode<kUe4m3>(code), Format::ue4m3);
  }
}

TEST(Format, NamesParseAndUnknownOnesNameTheNearest) {
  for (const FormatInfo& info : formats()) {
    EXPECT_EQ(parse_format(info.name).value(), info.format);
    EXPECT_EQ(format_info(info.format).name, info.name);
  }
  const auto unknown = parse_format("e4m4");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::usage);
  EXPECT_NE(unknown.error().message.find("did you mean \"e4m3\"?"), std::string::npos);
  EXPECT_NE(unknown.error().message.find("bf16, tf32"), std::string::npos);
}

}  // namespace
}  // namespace assay
