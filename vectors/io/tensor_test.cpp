// SPDX-License-Identifier: Apache-2.0
#include "vectors/io/tensor.hpp"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

constexpr std::int64_t k2To31 = std::int64_t{1} << 31;

std::string count_error(std::vector<std::int64_t> shape) {
  return error_of(element_count(shape));
}

TEST(Tensor, ElementCountOfAScalarIsOne) {
  EXPECT_EQ(element_count(std::vector<std::int64_t>{}).value(), 1);
}

TEST(Tensor, ElementCountAllowsUpTo2To62) {
  EXPECT_EQ(element_count(std::vector{k2To31, k2To31}).value(), std::int64_t{1} << 62);
}

TEST(Tensor, ElementCountOver2To62IsAnError) {
  EXPECT_EQ(count_error({k2To31, k2To31, 2}),
            "invalid: shape [2147483648, 2147483648, 2] has more than 2^62 elements");
}

TEST(Tensor, ElementCountIsZeroWithAZeroExtent) {
  EXPECT_EQ(element_count(std::vector<std::int64_t>{0, 4}).value(), 0);
  EXPECT_EQ(element_count(std::vector<std::int64_t>{4, 0}).value(), 0);
}

TEST(Tensor, ElementCountIsNotExcusedByAZeroExtent) {
  EXPECT_NE(count_error({0, k2To31, k2To31, 2}), "no error");
  EXPECT_NE(count_error({k2To31, k2To31, 2, 0}), "no error");
}

TEST(Tensor, ElementCountOfANegativeExtentIsAnError) {
  EXPECT_EQ(count_error({2, -1}), "invalid: shape [2, -1] has a negative extent");
}

constexpr std::array kAllDtypes{Dtype::u8,      Dtype::i32,     Dtype::u32,    Dtype::i64,
                                Dtype::f16,     Dtype::bf16,    Dtype::f32,    Dtype::f64,
                                Dtype::f8_e4m3, Dtype::f8_e5m2, Dtype::f8_e8m0};
const std::string kKnown = "U8, I32, U32, I64, F16, BF16, F32, F64, F8_E4M3, F8_E5M2, F8_E8M0";

TEST(Tensor, DtypeNamesParseBack) {
  for (const Dtype dtype : kAllDtypes)
    EXPECT_EQ(parse_dtype(dtype_name(dtype)).value(), dtype);
}

// The names and sizes are those of the safetensors package (Dtype in its lib.rs).
TEST(Tensor, DtypesHaveTheNamesAndSizesOfSafetensors) {
  std::string text;
  for (const Dtype dtype : kAllDtypes)
    text += fmt::format("{}{} ", dtype_name(dtype), dtype_bytes(dtype));
  EXPECT_EQ(text, "U81 I324 U324 I648 F162 BF162 F324 F648 F8_E4M31 F8_E5M21 F8_E8M01 ");
}

TEST(Tensor, CodesWithoutADtypeOfTheirOwnAreBytes) {
  for (const Format format : {Format::e2m1, Format::e2m3, Format::e3m2, Format::ue4m3})
    EXPECT_EQ(format_dtype(format), Dtype::u8);
  EXPECT_EQ(format_dtype(Format::e5m2), Dtype::f8_e5m2);
  EXPECT_EQ(format_dtype(Format::tf32), Dtype::f32);
}

TEST(Tensor, FloatDtypesHoldTheCodesOfTheirFormats) {
  for (const Dtype dtype : kAllDtypes)
    if (const auto format = dtype_format(dtype)) {
      EXPECT_EQ(format_dtype(*format), dtype);
      EXPECT_EQ(format_bytes(*format), dtype_bytes(dtype));
    }
  EXPECT_EQ(dtype_format(Dtype::f32), Format::f32);
  EXPECT_EQ(dtype_format(Dtype::u8), std::nullopt);
}

TEST(Tensor, UnknownDtypeIsNamedWithTheKnownOnes) {
  EXPECT_EQ(error_of(parse_dtype("F4")), "invalid: dtype \"F4\" is not supported, only " + kKnown);
}

TEST(Tensor, IsZeroFilledAndAlignedTo64Bytes) {
  for (const std::int64_t size : {1, 3, 1000}) {
    Tensor tensor(Dtype::f32, {size});
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.as<float>().data()) % 64, 0u);
    EXPECT_TRUE(std::ranges::all_of(tensor.as<std::uint32_t>(), [](auto x) { return x == 0; }));
    EXPECT_EQ(tensor.view().elements(), size);
  }
}

TEST(Tensor, UnknownDtypeIsQuotedOnOneLine) {
  EXPECT_EQ(error_of(parse_dtype("F32\n\x1b[2J")),
            "invalid: dtype \"F32\\n\\u001b[2J\" is not supported, only " + kKnown);
}

}  // namespace
}  // namespace assay
