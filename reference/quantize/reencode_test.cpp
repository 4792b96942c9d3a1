// SPDX-License-Identifier: Apache-2.0
// The re-encoding against decoded values: both sides are decoded exactly in binary64 by the
// formulas of the formats (ldexp, not the code under test) and must be equal, bit for bit, -0
// included.
#include "reference/quantize/reencode.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

using Bytes = std::vector<std::uint8_t>;

double e2m1(int nibble) {
  constexpr std::array kMagnitudes = {0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0};
  const double magnitude = kMagnitudes[static_cast<std::size_t>(nibble & 7)];
  return nibble & 8 ? -magnitude : magnitude;
}

double e4m3(int code) {
  const int exponent = code >> 3;
  return exponent == 0 ? std::ldexp(code, -9) : std::ldexp(8 + (code & 7), exponent - 10);
}

double element(const Bytes& codes, std::size_t i) {
  return e2m1(i % 2 == 0 ? codes[i / 2] & 0xF : codes[i / 2] >> 4);
}

struct Nvfp4 {
  Bytes block_scales;
  float tensor_scale_decode = 0;
};

Result<Nvfp4> to_nvfp4(const Bytes& codes, const Bytes& e8m0_scales) {
  Nvfp4 result{Bytes(e8m0_scales.size() * 2, 0xEE)};
  ASSAY_TRY(
      mxfp4_to_nvfp4("w", codes, e8m0_scales, result.block_scales, &result.tensor_scale_decode));
  return result;
}

Result<Bytes> to_mxfp4(const Bytes& codes, const Nvfp4& nvfp4) {
  Bytes scales(nvfp4.block_scales.size() / 2, 0xEE);
  ASSAY_TRY(nvfp4_to_mxfp4("w", codes, nvfp4.block_scales, nvfp4.tensor_scale_decode, scales));
  return scales;
}

void expect_same_values(const Bytes& codes, const Bytes& e8m0_scales, const Nvfp4& nvfp4) {
  for (std::size_t i = 0; i < codes.size() * 2; ++i) {
    const double mx = std::ldexp(element(codes, i), e8m0_scales[i / 32] - 127);
    const double nv = element(codes, i) * e4m3(nvfp4.block_scales[i / 16]) *
                      static_cast<double>(nvfp4.tensor_scale_decode);
    ASSERT_EQ(std::bit_cast<std::uint64_t>(mx), std::bit_cast<std::uint64_t>(nv)) << i;
  }
}

// Blocks of 16 bytes: zeros of both signs, or random codes with at least one nonzero.
Bytes random_codes(std::mt19937& random, std::size_t blocks, std::size_t zero_block) {
  std::uniform_int_distribution<int> byte(0, 255);
  Bytes codes(blocks * 16);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const int code = byte(random);
    codes[i] = static_cast<std::uint8_t>(i / 16 == zero_block ? code & 0x88 : code);
    if (i % 16 == 9 && i / 16 != zero_block) codes[i] = 0x1F;
  }
  return codes;
}

TEST(Reencode, EverySpanUpTo17AtEveryExponentRoundTrips) {
  std::mt19937 random(11);
  for (int span = 0; span <= 17; ++span) {
    for (int top = span; top <= 254; ++top) {
      std::uniform_int_distribution<int> scale(top - span, top);
      const Bytes codes = random_codes(random, 5, 3);
      Bytes scales = {static_cast<std::uint8_t>(top), static_cast<std::uint8_t>(top - span),
                      static_cast<std::uint8_t>(scale(random)), 0x00,
                      static_cast<std::uint8_t>(scale(random))};
      const auto nvfp4 = to_nvfp4(codes, scales);
      ASSERT_TRUE(nvfp4) << nvfp4.error().message;
      expect_same_values(codes, scales, *nvfp4);
      ASSERT_EQ(to_mxfp4(codes, *nvfp4), scales) << "span " << span << ", top " << top;
    }
  }
}

// ModelOpt's closed form: tensor scale 2^(kmax - 8), block scales 2^(k - kmax + 8).
TEST(Reencode, TheLargestBlockScaleBecomes256) {
  const auto nvfp4 = to_nvfp4(Bytes(48, 0x11), {127, 120, 110});
  ASSERT_TRUE(nvfp4);
  EXPECT_EQ(nvfp4->tensor_scale_decode, 0x1p-8f);
  EXPECT_EQ(nvfp4->block_scales, (Bytes{0x78, 0x78, 0x40, 0x40, 0x01, 0x01}));
}

TEST(Reencode, ASpanOf18IsRefusedWithTensorAndBlock) {
  const auto refused = to_nvfp4(Bytes(48, 0x11), {127, 109, 127});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_vectors);
  EXPECT_EQ(refused.error().message,
            "w: E8M0 scale [1] = 0x6d lies 18 binades below the largest; NVFP4 holds 17");
}

TEST(Reencode, BlocksOfZerosTakePartInNoSpan) {
  for (const int zero_scale : {0, 127, 254}) {
    Bytes codes(48, 0x35);
    std::fill(codes.begin() + 16, codes.begin() + 32, std::uint8_t{0x80});
    const Bytes scales = {130, static_cast<std::uint8_t>(zero_scale), 113};
    const auto nvfp4 = to_nvfp4(codes, scales);
    ASSERT_TRUE(nvfp4) << nvfp4.error().message;
    EXPECT_EQ(nvfp4->block_scales, (Bytes{0x78, 0x78, 0x01, 0x01, 0x01, 0x01}));
    EXPECT_EQ(to_mxfp4(codes, *nvfp4), (Bytes{130, 0x00, 113}));
  }
}

TEST(Reencode, OneNonzeroElementAnywhereMakesABlockCount) {
  for (std::size_t i = 0; i < 32; ++i) {
    Bytes codes(32, 0x08);
    codes[16 + i / 2] = i % 2 == 0 ? 0x89 : 0x98;
    const auto nvfp4 = to_nvfp4(codes, {100, 200});
    ASSERT_TRUE(nvfp4);
    EXPECT_EQ(nvfp4->tensor_scale_decode, std::ldexp(1.0f, 200 - 127 - 8)) << i;
    EXPECT_EQ(to_mxfp4(codes, *nvfp4), (Bytes{0, 200})) << i;
  }
}

TEST(Reencode, ATensorOfZerosHasTensorScaleOne) {
  const auto nvfp4 = to_nvfp4(Bytes(32, 0x80), {3, 254});
  ASSERT_TRUE(nvfp4);
  EXPECT_EQ(nvfp4->tensor_scale_decode, 1.0f);
  EXPECT_EQ(nvfp4->block_scales, Bytes(4, 0x01));
  EXPECT_EQ(to_mxfp4(Bytes(32, 0x80), *nvfp4), (Bytes{0, 0}));
  const auto empty = to_nvfp4({}, {});
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->tensor_scale_decode, 1.0f);
}

TEST(Reencode, ANaNScaleIsRefusedEvenOnABlockOfZeros) {
  const auto refused = to_nvfp4(Bytes(32, 0x00), {0, 0xFF});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "w: E8M0 scale [1] = 0xff is NaN");
}

// From NVFP4's side: every power of two of E4M3 under every tensor scale that binary32 has.
TEST(Reencode, EveryPowerOfTwoOfNvfp4ComesBackOrLiesOutsideE8m0) {
  const Bytes codes(16, 0x97);
  for (int tensor = -149; tensor <= 127; ++tensor) {
    for (int power = -9; power <= 8; ++power) {
      const auto code = static_cast<std::uint8_t>(power < -6 ? 1 << (power + 9) : (power + 7) << 3);
      const Nvfp4 nvfp4{{code, code}, std::ldexp(1.0f, tensor)};
      const auto scales = to_mxfp4(codes, nvfp4);
      ASSERT_EQ(scales.has_value(), std::abs(tensor + power) <= 127) << tensor << " " << power;
      if (!scales) continue;
      expect_same_values(codes, *scales, nvfp4);
      const auto back = to_nvfp4(codes, *scales);
      ASSERT_TRUE(back);
      expect_same_values(codes, *scales, *back);
    }
  }
}

TEST(Reencode, OnlyPowersOfTwoComeFromNvfp4) {
  const Bytes codes(16, 0x22);
  for (int code = 0; code < 256; ++code) {
    const bool is_power = code != 0 && (code < 8 ? std::has_single_bit(unsigned(code))
                                                 : code < 0x80 && code % 8 == 0);
    const auto byte = static_cast<std::uint8_t>(code);
    EXPECT_EQ(to_mxfp4(codes, {{byte, byte}, 1.0f}).has_value(), is_power) << code;
  }
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float scale : {0.0f, -1.0f, 1.5f, kInfinity, std::nanf("")}) {
    EXPECT_FALSE(to_mxfp4(codes, {{0x38, 0x38}, scale})) << scale;
  }
}

TEST(Reencode, AHalfOfZerosTakesTheScaleOfTheOtherHalf) {
  Bytes codes(16, 0x22);
  std::fill(codes.begin(), codes.begin() + 8, std::uint8_t{0x08});
  EXPECT_EQ(to_mxfp4(codes, {{0x00, 0x40}, 1.0f}), Bytes{128});
  EXPECT_EQ(to_mxfp4(codes, {{0x39, 0x40}, 1.0f}), Bytes{128});
  for (const std::uint8_t bad : {std::uint8_t{0x7F}, std::uint8_t{0xB8}}) {
    EXPECT_FALSE(to_mxfp4(codes, {{bad, 0x40}, 1.0f})) << int{bad};
  }
}

TEST(Reencode, APairThatDiffersIsRefusedWithTensorAndBlock) {
  const auto refused = to_mxfp4(Bytes(32, 0x22), {{0x38, 0x38, 0x38, 0x40}, 1.0f});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "w: block scale [3] = 0x40 differs from the other scale of its pair");
}

}  // namespace
}  // namespace assay
