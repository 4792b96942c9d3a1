// SPDX-License-Identifier: Apache-2.0
// What the header says of each tensor, wrong in every way: names, dtypes, shapes, offsets. The
// source is the format's README, section "Format".
#include <gtest/gtest.h>

#include "vectors/io/test_safetensors.hpp"

namespace assay {
namespace {

TEST(SafetensorsEntries, RepeatedTensorName) {
  const std::string entry = R"("x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  EXPECT_EQ(parse_error("{" + entry + "," + entry + "}"),
            "invalid: f: header: key \"x\" is repeated in one object");
}

TEST(SafetensorsEntries, MetadataThatIsNoObject) {
  EXPECT_EQ(parse_error(R"({"__metadata__":[]})"), "invalid: f: __metadata__ is not a JSON object");
}

TEST(SafetensorsEntries, MetadataValueThatIsNoString) {
  EXPECT_EQ(parse_error(R"({"__metadata__":{"k":1}})"),
            "invalid: f: __metadata__: the value of \"k\" is not a string");
}

TEST(SafetensorsEntries, TensorThatIsNoObject) {
  EXPECT_EQ(parse_error(R"({"x":1})"), "invalid: f: tensor \"x\": is not a JSON object");
}

TEST(SafetensorsEntries, TensorNameStaysOnOneLine) {
  EXPECT_EQ(parse_error(R"({"a\nb":1})"), "invalid: f: tensor \"a\\nb\": is not a JSON object");
}

TEST(SafetensorsEntries, MissingField) {
  EXPECT_EQ(entry_error(R"("dtype":"F32","shape":[1])"),
            "invalid: f: tensor \"x\": data_offsets is missing");
}

TEST(SafetensorsEntries, UnknownField) {
  EXPECT_EQ(entry_error(R"("dtype":"F32","shape":[1],"data_offsets":[0,4],"strides":[1])"),
            "invalid: f: tensor \"x\": unknown field \"strides\"");
}

TEST(SafetensorsEntries, UnknownDtype) {
  EXPECT_EQ(
      entry_error(R"("dtype":"I16","shape":[2],"data_offsets":[0,4])"),
      "invalid: f: tensor \"x\": dtype \"I16\" is not supported, only U8, I32, U32, I64, F16, "
      "BF16, F32, F64, F8_E4M3, F8_E5M2, F8_E8M0");
}

TEST(SafetensorsEntries, DtypeThatIsNoString) {
  EXPECT_EQ(entry_error(R"("dtype":1,"shape":[1],"data_offsets":[0,4])"),
            "invalid: f: tensor \"x\": dtype is not a string");
}

TEST(SafetensorsEntries, ShapeThatIsNoArray) {
  EXPECT_EQ(entry_error(R"("dtype":"F32","shape":1,"data_offsets":[0,4])"),
            "invalid: f: tensor \"x\": shape is not an array");
}

TEST(SafetensorsEntries, NegativeExtent) {
  EXPECT_EQ(entry_error(R"("dtype":"F32","shape":[1,-1],"data_offsets":[0,4])"),
            "invalid: f: tensor \"x\": shape[1]: -1 is not an integer from 0 to 2^63-1");
}

TEST(SafetensorsEntries, FractionalExtent) {
  EXPECT_EQ(entry_error(R"("dtype":"F32","shape":[1.0],"data_offsets":[0,4])"),
            "invalid: f: tensor \"x\": shape[0]: 1.0 is not an integer from 0 to 2^63-1");
}

TEST(SafetensorsEntries, ExtentOf2To63) {
  EXPECT_EQ(entry_error(R"("dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4])"),
            "invalid: f: tensor \"x\": shape[0]: 9223372036854775808 is not an integer from 0 to "
            "2^63-1");
}

TEST(SafetensorsEntries, ShapeProductThatWrapsToTheRightSize) {
  EXPECT_EQ(
      entry_error(R"("dtype":"U8","shape":[4294967297,4294967296,4294967296],"data_offsets":[0,0])",
                  0),
      "invalid: f: tensor \"x\": shape [4294967297, 4294967296, 4294967296] has more than 2^62 "
      "elements");
}

TEST(SafetensorsEntries, ByteCountThatWrapsToTheRightSize) {
  EXPECT_EQ(
      entry_error(R"("dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0])", 0),
      "invalid: f: tensor \"x\": data_offsets [0, 0] hold 0 bytes, F32 [4611686018427387904] needs "
      "4611686018427387904 elements of 4");
}

TEST(SafetensorsEntries, OneOffset) {
  EXPECT_EQ(entry_error(R"("dtype":"F32","shape":[1],"data_offsets":[4])"),
            "invalid: f: tensor \"x\": data_offsets [4] are not two");
}

TEST(SafetensorsEntries, ReversedOffsets) {
  EXPECT_EQ(entry_error(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"),
            "invalid: f: tensor \"x\": data_offsets [4, 0] are reversed");
}

TEST(SafetensorsEntries, OffsetsPastTheEnd) {
  EXPECT_EQ(entry_error(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])"),
            "invalid: f: tensor \"x\": data_offsets [0, 8] run past the end of the data, 4 bytes");
}

TEST(SafetensorsEntries, SizeThatDisagreesWithTheShape) {
  EXPECT_EQ(entry_error(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"),
            "invalid: f: tensor \"x\": data_offsets [0, 4] hold 4 bytes, F32 [2] needs 2 elements "
            "of 4");
}

TEST(SafetensorsEntries, SizeThatIsNoMultipleOfTheElement) {
  EXPECT_EQ(entry_error(R"("dtype":"F32","shape":[1],"data_offsets":[0,5])", 5),
            "invalid: f: tensor \"x\": data_offsets [0, 5] hold 5 bytes, F32 [1] needs 1 elements "
            "of 4");
}

std::string two_tensors_error(const std::string& a, const std::string& b, std::size_t size) {
  return parse_error(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + a +
                         R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + b + "}}",
                     std::string(size, '\0'));
}

TEST(SafetensorsEntries, AdjacentTensorsInAnyOrderAreLegal) {
  EXPECT_EQ(two_tensors_error("[4,8]", "[0,4]", 8), "no error");
}

TEST(SafetensorsEntries, OverlappingTensors) {
  EXPECT_EQ(two_tensors_error("[0,4]", "[3,7]", 7),
            "invalid: f: tensor \"b\": its data at offset 3 overlaps another tensor's, which ends "
            "at 4");
}

TEST(SafetensorsEntries, SharedData) {
  EXPECT_EQ(two_tensors_error("[0,4]", "[0,4]", 4),
            "invalid: f: tensor \"b\": its data at offset 0 overlaps another tensor's, which ends "
            "at 4");
}

TEST(SafetensorsEntries, HoleBetweenTensors) {
  EXPECT_EQ(two_tensors_error("[5,9]", "[0,4]", 9),
            "invalid: f: tensor \"a\": 1 bytes before its data at offset 5 belong to no tensor");
}

TEST(SafetensorsEntries, HoleBeforeTheFirstTensor) {
  EXPECT_EQ(entry_error(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])", 8),
            "invalid: f: tensor \"x\": 4 bytes before its data at offset 4 belong to no tensor");
}

TEST(SafetensorsEntries, TrailingBytes) {
  EXPECT_EQ(entry_error(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])", 5),
            "invalid: f: 1 trailing bytes after the last tensor's data");
}

}  // namespace
}  // namespace assay
