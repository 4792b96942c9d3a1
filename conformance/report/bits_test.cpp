// SPDX-License-Identifier: Apache-2.0
// Bit patterns as text. Oracles: IEEE 754 binary32 fields worked by hand, OFP8 1.0 section 5
// (E4M3).
#include <gtest/gtest.h>

#include "conformance/report/report.hpp"

namespace assay {
namespace {

TEST(DescribeBits, SplitsBinary32IntoItsFields) {
  EXPECT_EQ(describe_bits(Dtype::f32, 0x47600000),
            "0x47600000 = 0|10001110|11000000000000000000000 = 57344");
  EXPECT_EQ(describe_bits(Dtype::f32, 0x80000000),
            "0x80000000 = 1|00000000|00000000000000000000000 = -0");
  EXPECT_EQ(describe_bits(Dtype::f32, 0x00000001),
            "0x00000001 = 0|00000000|00000000000000000000001 = 1e-45");
  EXPECT_EQ(describe_bits(Dtype::f32, 0xFF800000),
            "0xFF800000 = 1|11111111|00000000000000000000000 = -inf");
  EXPECT_EQ(describe_bits(Dtype::f32, 0xFFC00000),
            "0xFFC00000 = 1|11111111|10000000000000000000000 = NaN");
}

TEST(DescribeBits, SplitsE4m3IntoItsFields) {
  EXPECT_EQ(describe_bits(Dtype::f8_e4m3, 0x7E), "0x7E = 0|1111|110 = 448");
  EXPECT_EQ(describe_bits(Dtype::f8_e4m3, 0x80), "0x80 = 1|0000|000 = -0");
  EXPECT_EQ(describe_bits(Dtype::f8_e4m3, 0x01), "0x01 = 0|0000|001 = 0.001953125");
  EXPECT_EQ(describe_bits(Dtype::f8_e4m3, 0xFF), "0xFF = 1|1111|111 = NaN");
}

// IEEE 754-2019 binary16 and binary64, bfloat16, OFP8 1.0 E5M2 and MX 1.0 E8M0, worked by hand.
TEST(DescribeBits, SplitsTheOtherFormatsIntoTheirFields) {
  EXPECT_EQ(describe_bits(Dtype::f16, 0xC001), "0xC001 = 1|10000|0000000001 = -2.0019531");
  EXPECT_EQ(describe_bits(Dtype::bf16, 0x3FC0), "0x3FC0 = 0|01111111|1000000 = 1.5");
  EXPECT_EQ(
      describe_bits(Dtype::f64, 0x3FD5555555555555),
      "0x3FD5555555555555 = "
      "0|01111111101|0101010101010101010101010101010101010101010101010101 = 0.3333333333333333");
  EXPECT_EQ(describe_bits(Dtype::f8_e5m2, 0x7C), "0x7C = 0|11111|00 = inf");
  EXPECT_EQ(describe_bits(Dtype::f8_e8m0, 0x80), "0x80 = 10000000 = 2");
  EXPECT_EQ(describe_bits(Dtype::f8_e8m0, 0xFF), "0xFF = 11111111 = NaN");
}

TEST(DescribeBits, ShowsIntegersByValue) {
  EXPECT_EQ(describe_bits(Dtype::u8, 0xAB), "0xAB = 171");
  EXPECT_EQ(describe_bits(Dtype::i32, 0xFFFFFFFF), "0xFFFFFFFF = -1");
  EXPECT_EQ(describe_bits(Dtype::i64, ~std::uint64_t{1}), "0xFFFFFFFFFFFFFFFE = -2");
}

}  // namespace
}  // namespace assay
