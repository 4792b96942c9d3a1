// SPDX-License-Identifier: Apache-2.0
// llama.cpp's records against bytes written out by hand from ggml-common.h (fields) and the loops
// of ggml-quants.c (element j in the low nibble, j + half of the group in the high one).
#include "reference/format/ggml_blocks.hpp"

#include <array>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "reference/format/e2m1.hpp"

namespace assay {
namespace {

using Bytes = std::vector<std::uint8_t>;

// Element i of the linear array has code i mod 16, low nibble first.
Bytes counting_codes(std::int64_t elements) {
  Bytes codes;
  for (std::int64_t i = 0; i < elements; i += 2) {
    codes.push_back(static_cast<std::uint8_t>((i % 16) | ((i + 1) % 16) << 4));
  }
  return codes;
}

TEST(GgmlBlocks, RecordsHaveTheSizesOfGgmlCommon) {
  EXPECT_EQ(kGgmlMxfp4.elements(), 32);
  EXPECT_EQ(kGgmlMxfp4.bytes(), 1 + 16);
  EXPECT_EQ(kGgmlNvfp4.elements(), 64);
  EXPECT_EQ(kGgmlNvfp4.bytes(), 4 + 32);
}

TEST(GgmlBlocks, Mxfp4PairsElementsSixteenApart) {
  const Bytes expected = {0x7B, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                          0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF};
  Bytes record(17);
  pack_ggml(kGgmlMxfp4, counting_codes(32), Bytes{0x7B}, record);
  EXPECT_EQ(record, expected);
}

TEST(GgmlBlocks, Nvfp4PairsElementsEightApartInEachGroup) {
  Bytes expected = {0x11, 0x22, 0x33, 0x44};
  for (int group = 0; group < 4; ++group) {
    for (const int byte : {0x80, 0x91, 0xA2, 0xB3, 0xC4, 0xD5, 0xE6, 0xF7}) {
      expected.push_back(static_cast<std::uint8_t>(byte));
    }
  }
  Bytes record(36);
  pack_ggml(kGgmlNvfp4, counting_codes(64), Bytes{0x11, 0x22, 0x33, 0x44}, record);
  EXPECT_EQ(record, expected);
}

// Each element of a random array is looked up in the record as ggml's dequantize loops do.
TEST(GgmlBlocks, EveryElementAndScaleOfManyRecordsIsWhereGgmlReadsIt) {
  std::mt19937 random(3);
  std::uniform_int_distribution<int> byte(0, 255);
  constexpr std::size_t kRecords = 5;
  Bytes codes(kRecords * 32);
  Bytes scales(kRecords * 4);
  for (Bytes* bytes : {&codes, &scales}) {
    for (std::uint8_t& value : *bytes) {
      value = static_cast<std::uint8_t>(byte(random));
    }
  }
  Bytes records(kRecords * 36);
  pack_ggml(kGgmlNvfp4, codes, scales, records);
  for (std::size_t i = 0; i < kRecords * 64; ++i) {
    const std::size_t record = i / 64;
    const std::size_t group = i % 64 / 16;
    const std::size_t j = i % 8;
    EXPECT_EQ(records[record * 36 + group], scales[i / 16]);
    const std::uint8_t qs = records[record * 36 + 4 + group * 8 + j];
    const int nibble = i % 16 < 8 ? qs & 0xF : qs >> 4;
    EXPECT_EQ(nibble, unpack_e2m1(codes[i / 2], static_cast<std::int64_t>(i))) << i;
  }
}

TEST(GgmlBlocks, UnpackingIsTheInverse) {
  std::mt19937 random(5);
  std::uniform_int_distribution<int> byte(0, 255);
  for (const GgmlRecord& record : {kGgmlMxfp4, kGgmlNvfp4}) {
    Bytes records(static_cast<std::size_t>(record.bytes() * 7));
    for (std::uint8_t& value : records) {
      value = static_cast<std::uint8_t>(byte(random));
    }
    Bytes codes(static_cast<std::size_t>(record.elements() * 7 / 2));
    Bytes scales(static_cast<std::size_t>(record.groups * 7));
    unpack_ggml(record, records, codes, scales);
    Bytes again(records.size());
    pack_ggml(record, codes, scales, again);
    EXPECT_EQ(again, records);
  }
}

}  // namespace
}  // namespace assay
