// SPDX-License-Identifier: Apache-2.0
// E2M1 against the value table of OCP MX 1.0 (section 5.3.3) and against results of NVIDIA's host
// function __nv_cvt_float_to_fp4 (CUDA 13.0), which cuda_headers_test compares exhaustively.
#include "reference/format/e2m1.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::array<float, 8> kMagnitudes{0, 0.5f, 1, 1.5f, 2, 3, 4, 6};

float from_bits(std::uint32_t bits) {
  return std::bit_cast<float>(bits);
}

TEST(E2m1, EveryCodeDecodesToItsTableValue) {
  for (std::uint8_t code = 0; code < 8; ++code) {
    const auto negative = static_cast<std::uint8_t>(code | 8);
    EXPECT_EQ(e2m1_to_f32(code), kMagnitudes[code]);
    EXPECT_EQ(e2m1_to_f32(negative), -kMagnitudes[code]);
    EXPECT_FALSE(std::signbit(e2m1_to_f32(code)));
    EXPECT_TRUE(std::signbit(e2m1_to_f32(negative)));
    EXPECT_EQ(e2m1_to_half_units(code), 2 * kMagnitudes[code]);
    EXPECT_EQ(e2m1_to_half_units(negative), -2 * kMagnitudes[code]);
  }
}

TEST(E2m1, DecodingReadsTheLowNibbleOnly) {
  for (int byte = 0; byte < 256; ++byte) {
    const auto code = static_cast<std::uint8_t>(byte);
    const auto nibble = static_cast<std::uint8_t>(byte & 0xF);
    EXPECT_EQ(e2m1_to_f32(code), e2m1_to_f32(nibble)) << byte;
    EXPECT_EQ(std::signbit(e2m1_to_f32(code)), std::signbit(e2m1_to_f32(nibble))) << byte;
    EXPECT_EQ(e2m1_to_half_units(code), e2m1_to_half_units(nibble)) << byte;
  }
}

TEST(E2m1, EveryCodeEncodesToItself) {
  for (std::uint8_t code = 0; code < 16; ++code)
    EXPECT_EQ(f32_to_e2m1(e2m1_to_f32(code)), code);
}

TEST(E2m1, EveryTieGoesToTheEvenCodeAndOneUlpBesideItToTheNearer) {
  for (std::size_t code = 0; code < 7; ++code) {
    const float tie = (kMagnitudes[code] + kMagnitudes[code + 1]) / 2;
    const std::size_t even = code + (code & 1);
    EXPECT_EQ(f32_to_e2m1(tie), even) << tie;
    EXPECT_EQ(f32_to_e2m1(std::nextafter(tie, 0.0f)), code) << tie;
    EXPECT_EQ(f32_to_e2m1(std::nextafter(tie, kInfinity)), code + 1) << tie;
    EXPECT_EQ(f32_to_e2m1(-tie), even | 8) << tie;
    EXPECT_EQ(f32_to_e2m1(-std::nextafter(tie, 0.0f)), code | 8) << tie;
    EXPECT_EQ(f32_to_e2m1(-std::nextafter(tie, kInfinity)), (code + 1) | 8) << tie;
  }
}

TEST(E2m1, BeyondSixAndInfinitySaturate) {
  for (const float value : {6.0f, 6.0000005f, 7.0f, 8.0f, 448.0f, 3.4e38f, kInfinity}) {
    EXPECT_EQ(f32_to_e2m1(value), 0x7) << value;
    EXPECT_EQ(f32_to_e2m1(-value), 0xF) << value;
  }
}

TEST(E2m1, EveryNaNGivesPlusSix) {
  for (const std::uint32_t bits : {0x7F800001u, 0x7FBFFFFFu, 0x7FC00000u, 0x7FFFFFFFu}) {
    EXPECT_EQ(f32_to_e2m1(from_bits(bits)), 0x7);
    EXPECT_EQ(f32_to_e2m1(from_bits(bits | 0x80000000u)), 0x7);
  }
}

TEST(E2m1, ZerosAndUnderflowKeepTheirSign) {
  const float smallest = std::numeric_limits<float>::denorm_min();
  for (const float value : {0.0f, smallest, 1.17549421e-38f, 1e-30f, 0.125f, 0.25f}) {
    EXPECT_EQ(f32_to_e2m1(value), 0x0) << value;
    EXPECT_EQ(f32_to_e2m1(-value), 0x8) << value;
  }
}

TEST(E2m1, TheEvenElementTakesTheLowNibble) {
  EXPECT_EQ(pack_e2m1x2(0x3, 0xA), 0xA3);
  for (int byte = 0; byte < 256; ++byte) {
    const auto packed = static_cast<std::uint8_t>(byte);
    EXPECT_EQ(unpack_e2m1(packed, 0), byte & 0xF);
    EXPECT_EQ(unpack_e2m1(packed, 7), byte >> 4);
    EXPECT_EQ(pack_e2m1x2(unpack_e2m1(packed, 2), unpack_e2m1(packed, 3)), byte);
  }
}

TEST(E2m1, ArraysConvertLikeSingleValues) {
  std::vector<float> values;
  for (std::uint64_t bits = 0; bits <= 0xFFFFFFFF; bits += 65521) {
    values.push_back(from_bits(static_cast<std::uint32_t>(bits)));
  }
  for (std::size_t size : {values.size(), std::size_t{0}, std::size_t{1}, std::size_t{63}}) {
    std::vector<std::uint8_t> codes(size + 1, 0xA5);
    f32_to_e2m1(std::span(values).last(size), std::span(codes).first(size));
    for (std::size_t i = 0; i < size; ++i) {
      const float value = values[values.size() - size + i];
      ASSERT_EQ(codes[i], f32_to_e2m1(value)) << value;
    }
    EXPECT_EQ(codes[size], 0xA5) << "written past the end";
  }
}

}  // namespace
}  // namespace assay
