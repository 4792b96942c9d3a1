// SPDX-License-Identifier: Apache-2.0
// Known answers: codes that NVIDIA's CUDA 13.0 headers, ml_dtypes 0.6.0 and CUTLASS 7107b05 (host
// code) gave when they were run on these inputs; PyTorch's and onnx's (1.23.2) by reading
// c10/util/Float8_*.h and onnx/numpy_helper.py.
#include "reference/format/cast.hpp"

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

using enum CastPolicy;
using enum Format;
using enum Rounding;

std::uint32_t code_of(Format to, CastPolicy policy, Rounding rounding, float value) {
  return cast_code(make_cast(f32, to, policy, rounding).value(),
                   std::bit_cast<std::uint32_t>(value));
}

std::uint32_t code_of_binary64(Format to, CastPolicy policy, std::uint64_t bits) {
  return cast_code(make_cast(f64, to, policy).value(), bits);
}

std::uint32_t code_of_binary64(Format to, CastPolicy policy, double value) {
  return code_of_binary64(to, policy, std::bit_cast<std::uint64_t>(value));
}

struct Column {
  Format to;
  CastPolicy policy;
  Rounding rounding = rn;
};

constexpr int kNotMeasured = -1;

struct Row {
  std::uint32_t input;
  std::vector<int> codes;
};

void expect_table(const std::vector<Column>& columns, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    ASSERT_EQ(row.codes.size(), columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto& [to, policy, rounding] = columns[i];
      if (row.codes[i] == kNotMeasured) continue;
      EXPECT_EQ(code_of(to, policy, rounding, std::bit_cast<float>(row.input)),
                static_cast<std::uint32_t>(row.codes[i]))
          << std::hex << row.input << " to " << format_info(to).name << " "
          << cast_policy_name(policy) << " " << rounding_name(rounding);
    }
  }
}

TEST(Cast, SpecialValuesGiveTheMeasuredCodes) {
  constexpr int x = kNotMeasured;
  expect_table(
      {{e4m3, cuda_satfinite},
       {e4m3, cuda_nosat},
       {e5m2, cuda_satfinite},
       {e5m2, cuda_nosat},
       {e2m1, cuda_satfinite},
       {e2m3, cuda_satfinite},
       {e3m2, cuda_satfinite},
       {e4m3, ml_dtypes},
       {e5m2, ml_dtypes},
       {e2m1, ml_dtypes},
       {e4m3, cutlass},
       {e5m2, cutlass},
       {ue4m3, cutlass},
       {e2m1, cutlass}},
      {{0x00000000, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
       {0x80000000, {0x80, 0x80, 0x80, 0x80, 8, 0x20, 0x20, 0x80, 0x80, 8, 0x80, 0x80, 0, 8}},
       {0x7FC00000, {0x7F, 0x7F, 0x7F, 0x7F, 7, 0x1F, 0x1F, 0x7F, 0x7E, 8, 0x7F, 0x7F, 0x7F, 7}},
       {0xFFC00000, {0x7F, 0x7F, 0x7F, 0x7F, 7, 0x1F, 0x1F, 0xFF, 0xFE, 0, 0x7F, 0x7F, 0x7F, 0xF}},
       {0x7F800000, {0x7E, 0x7F, 0x7B, 0x7C, 7, 0x1F, 0x1F, 0x7F, 0x7C, 7, 0x7E, 0x7B, 0x7E, 7}},
       {0xFF800000,
        {0xFE, 0xFF, 0xFB, 0xFC, 0xF, 0x3F, 0x3F, 0xFF, 0xFC, 0xF, 0xFE, 0xFB, 0x7E, 0xF}},
       {0x43E00000,  // 448
        {0x7E, 0x7E, 0x5F, 0x5F, 7, 0x1F, 0x1F, 0x7E, 0x5F, 7, 0x7E, 0x5F, 0x7E, 7}},
       {0x43E80000,  // 464
        {0x7E, 0x7E, 0x5F, 0x5F, 7, 0x1F, 0x1F, 0x7E, 0x5F, 7, 0x7E, 0x5F, 0x7E, 7}},
       {0x43E80001, {0x7E, 0x7F, 0x5F, 0x5F, x, x, x, 0x7F, 0x5F, x, 0x7E, 0x5F, 0x7E, x}},
       {0x47700000,  // 61440
        {0x7E, 0x7F, 0x7B, 0x7C, x, x, x, 0x7F, 0x7C, x, 0x7E, 0x7B, 0x7E, x}},
       {0x3A800000, {0, 0, 0x14, 0x14, 0, 0, 0, 0, x, x, 0, x, x, x}},  // 2^-10
       {0x3A800001, {1, 1, 0x14, 0x14, 0, 0, 0, 1, x, x, 1, x, x, x}},
       {std::bit_cast<std::uint32_t>(-1e-30f),
        {0x80, 0x80, 0x80, 0x80, 8, 0x20, 0x20, 0x80, 0x80, 8, 0x80, 0x80, 0, 8}},
       {0xBF800000,  // -1
        {0xB8, 0xB8, 0xBC, 0xBC, 0xA, 0x28, 0x2C, 0xB8, 0xBC, 0xA, 0xB8, 0xBC, 0x38, 0xA}}});
}

TEST(Cast, E8m0GivesTheMeasuredCodes) {
  expect_table({{e8m0, cuda_satfinite, rz},
                {e8m0, cuda_satfinite, rp},
                {e8m0, cuda_nosat, rp},
                {e8m0, ml_dtypes},
                {e8m0, pytorch},
                {e8m0, cutlass, rp}},
               {{0x3F800000, {0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F}},  // 1
                {0x3F99999A, {0x7F, 0x80, 0x80, 0x7F, 0x7F, 0x80}},  // 1.2
                {0x3FC00000, {0x7F, 0x80, 0x80, 0x80, 0x80, 0x80}},  // 1.5
                {0x40400000, {0x80, 0x81, 0x81, 0x81, 0x81, 0x81}},  // 3
                {0xC0400000, {0x80, 0x81, 0x81, 0xFF, 0x81, 0x81}},
                {0x00000000, {0, 0, 0, 0xFF, 0, 0}},
                {0x80000000, {0, 0, 0, 0xFF, 0, 0}},
                {0xBF800000, {0x7F, 0x7F, 0x7F, 0xFF, 0x7F, 0x7F}},
                {0x7F7FFFFF, {0xFE, 0xFE, 0xFF, 0xFF, 0xFF, 0xFE}},
                {0x7F800000, {0xFE, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF}},
                {0x7FC00000, {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}},
                {0x00400000, {0, 0, 0, 0, 0, 0}},  // 2^-127
                {0x00400001, {0, 1, 1, 1, 1, 1}},
                {0x00000001, {0, 0, 0, 0, 0, 0}}});
}

TEST(Cast, OnnxRoundsE8m0AsItsReferenceEvaluatorDoes) {
  expect_table({{e8m0, onnx_saturate, rp},
                {e8m0, onnx_saturate, rz},
                {e8m0, onnx_saturate, rn},
                {e8m0, onnx_nosaturate, rp},
                {e8m0, onnx_nosaturate, rz},
                {e8m0, onnx_nosaturate, rn}},
               {{0x3FA00000, {0x80, 0x7F, 0x7F, 0x80, 0x7F, 0x7F}},  // 1.25
                {0x3FC00000, {0x80, 0x7F, 0x80, 0x80, 0x7F, 0x80}},
                {0xBFC00000, {0x80, 0x7F, 0x80, 0x80, 0x7F, 0x80}},
                {0x00000000, {0, 0, 0, 0, 0, 0}},
                {0x00000001, {1, 0, 0, 1, 0, 0}},
                {0x00400000, {1, 0, 0, 1, 0, 0}},
                {0x00400001, {1, 0, 1, 1, 0, 1}},
                {0x7F7FFFFF, {0xFE, 0xFE, 0xFE, 0xFF, 0xFE, 0xFF}},
                {0x7F800000, {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}},
                {0xFFC00000, {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}}});
}

TEST(Cast, PytorchKeepsTheSignOfNaN) {
  expect_table({{e4m3, pytorch}, {e5m2, pytorch}}, {{0x7FC00000, {0x7F, 0x7F}},
                                                    {0xFFC00000, {0xFF, 0xFF}},
                                                    {0x7F800000, {0x7F, 0x7C}},
                                                    {0xFF800000, {0xFF, 0xFC}},
                                                    {0x43E80000, {0x7E, 0x5F}},
                                                    {0x43E80001, {0x7F, 0x5F}}});
}

TEST(Cast, TowardZeroTruncates) {
  EXPECT_EQ(code_of(e2m1, cuda_satfinite, rz, 5.9f), 0x6u);
  EXPECT_EQ(code_of(e2m1, cuda_satfinite, rz, -2.6f), 0xCu);
  EXPECT_EQ(code_of(e2m1, cuda_satfinite, rz, 0.49f), 0x0u);
}

TEST(Cast, Binary16AndBfloat16OverflowToInfinityExceptTowardZero) {
  expect_table({{f16, cuda_nosat, rn}, {f16, cuda_nosat, rz}},
               {{0x477FEFFF, {0x7BFF, 0x7BFF}},  // just below 65520
                {0x477FF000, {0x7C00, 0x7BFF}},
                {0xC77FF000, {0xFC00, 0xFBFF}},
                {0x7F800000, {0x7C00, 0x7C00}},
                {0xFFC00000, {0x7FFF, 0x7FFF}},
                {0x33000000, {0, 0}},  // 2^-25
                {0x33000001, {1, 0}}});
  expect_table({{bf16, cuda_nosat, rn}, {bf16, cuda_nosat, rz}, {bf16, ml_dtypes, rn}},
               {{0x7F7FFFFF, {0x7F80, 0x7F7F, 0x7F80}},
                {0x3F808000, {0x3F80, 0x3F80, 0x3F80}},
                {0x3F808001, {0x3F81, 0x3F80, 0x3F81}},
                {0x00008001, {0x0001, 0x0000, 0x0001}},
                {0x7F800001, {0x7FFF, 0x7FFF, 0x7FC0}},
                {0xFFC00000, {0x7FFF, 0x7FFF, 0xFFC0}}});
}

TEST(Cast, Tf32DropsBitsOrRoundsTiesAway) {
  expect_table({{tf32, cuda_nosat, rz}, {tf32, cuda_nosat, rna}},
               {{0x3F800FFF, {0x3F800000, 0x3F800000}},
                {0x3F801000, {0x3F800000, 0x3F802000}},
                {0xBF801000, {static_cast<int>(0xBF800000), static_cast<int>(0xBF802000)}},
                {0x7F7FFFFF, {0x7F7FE000, 0x7F800000}},
                {0x7F802001, {0x7F802000, 0x7FFFE000}},
                {0x7F800001, {0x7F800000, 0x7FFFE000}}});
}

TEST(Cast, Binary64RoundsOnceWhereTheLibraryDoes) {
  for (const CastPolicy policy : {cuda_satfinite, ocp_saturate}) {
    EXPECT_EQ(code_of_binary64(e4m3, policy, 1.0625 + 1e-12), 0x39u);
    EXPECT_EQ(code_of_binary64(e2m1, policy, 2.5 + 1e-12), 0x5u);
  }
  for (const CastPolicy policy : {ml_dtypes, onnx_saturate, cutlass}) {
    EXPECT_EQ(code_of_binary64(e4m3, policy, 1.0625 + 1e-12), 0x38u);
    EXPECT_EQ(code_of_binary64(e2m1, policy, 2.5 + 1e-12), 0x4u);
  }
  EXPECT_EQ(code_of_binary64(e4m3, pytorch, 1.0625 + 1e-12), 0x38u);
  EXPECT_EQ(code_of_binary64(bf16, cuda_nosat, 1 + 0x1p-8 + 1e-12), 0x3F81u);
  EXPECT_EQ(code_of_binary64(bf16, ml_dtypes, 1 + 0x1p-8 + 1e-12), 0x3F80u);
  EXPECT_EQ(code_of_binary64(e8m0, ml_dtypes, 0x1p-150), 0xFFu) << "zero in binary32";
  EXPECT_EQ(code_of_binary64(e8m0, cuda_nosat, 0x1p-127 * (1 + 0x1p-52)), 0x01u);
}

// __nv_cvt_double_to_fp8 keeps a NaN's sign, and in E5M2 the two leading bits of its payload.
TEST(Cast, CudasBinary64NaNsKeepWhatTheHeaderKeeps) {
  EXPECT_EQ(code_of_binary64(e4m3, cuda_satfinite, 0xFFF8000000000000u), 0xFFu);
  EXPECT_EQ(code_of_binary64(e5m2, cuda_satfinite, 0x7FF8000000000000u), 0x7Eu);
  EXPECT_EQ(code_of_binary64(e5m2, cuda_nosat, 0x7FFC000000000000u), 0x7Fu);
  EXPECT_EQ(code_of_binary64(e5m2, cuda_nosat, 0xFFF0000000000001u), 0xFEu);
  EXPECT_EQ(code_of_binary64(e2m1, cuda_satfinite, 0xFFF8000000000000u), 0x7u);
}

std::string error_of(Format from, Format to, CastPolicy policy,
                     std::optional<Rounding> rounding = {}) {
  const auto cast = make_cast(from, to, policy, rounding);
  return cast ? "" : cast.error().message;
}

TEST(CastNames, WhatAPolicyDoesNotHaveIsAnErrorThatNamesWhatItHas) {
  EXPECT_EQ(error_of(e4m3, e2m1, cuda_satfinite),
            "no casts from e4m3: sources are f32, f16, bf16 and f64");
  EXPECT_EQ(error_of(f32, e2m1, pytorch),
            "policy pytorch has no cast from f32 to e2m1: from f32 it has e4m3, e5m2, e8m0");
  EXPECT_EQ(error_of(f32, e2m1, cuda_satfinite, rp),
            "policy cuda_satfinite has no rounding rp to e2m1: it has rn, rz");
  EXPECT_NE(error_of(bf16, bf16, ml_dtypes), "");
}

TEST(CastNames, TheDefaultRoundingIsTheFirstOfCastsBetween) {
  EXPECT_EQ(make_cast(f32, e8m0, onnx_saturate)->rounding, rp);
  EXPECT_EQ(make_cast(f32, e8m0, cuda_nosat)->rounding, rp);
  EXPECT_EQ(make_cast(f32, tf32, cuda_nosat)->rounding, rz);
  const std::vector<Cast> casts = casts_between(f64, ue4m3);
  ASSERT_EQ(casts.size(), 1u);
  EXPECT_EQ(casts.front(), (Cast{f64, ue4m3, cutlass, rn}));
}

TEST(CastNames, ParseAndSuggest) {
  for (const std::string_view name : cast_policy_names())
    EXPECT_EQ(cast_policy_name(parse_cast_policy(name).value()), name);
  for (const Rounding rounding : {rn, rna, rz, rp})
    EXPECT_EQ(parse_rounding(rounding_name(rounding)).value(), rounding);
  const auto unknown = parse_cast_policy("cuda_satfinit");
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("did you mean \"cuda_satfinite\"?"), std::string::npos);
  EXPECT_FALSE(parse_rounding("rx"));
}

}  // namespace
}  // namespace assay
