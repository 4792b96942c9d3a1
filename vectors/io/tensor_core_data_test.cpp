// SPDX-License-Identifier: Apache-2.0
// Tensor-core models against outputs of real GPUs: 1,000 rows of each data set that is published
// with arXiv 2512.07004 (MATLAB-tensor-core, BSD-2), V100 to B200. Skipped where the data is
// absent.
#include <algorithm>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "reference/arithmetic/tensor_core.hpp"
#include "reference/format/cast.hpp"
#include "vectors/io/mma_rows.hpp"
#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

const std::filesystem::path kRowsFolder =
    std::filesystem::path(ASSAY_TEST_DATA) / "tensor_core_rows";

struct DataSet {
  std::string gpu, input;
  Format format;
  std::string_view f32_model, f16_model;  // empty where there are no such rows
  bool ignores_c = false;                 // of d_f32
};

// Which instruction made the rows: the fp8 rows of Hopper with binary32 results are wgmma's.
const std::vector<DataSet> kDataSets{
    {"v100", "fp16", Format::f16, "sm_70/mma.f16", "sm_70/mma.f16.f16"},
    {"a100", "fp16", Format::f16, "sm_80/mma.f16", "sm_80/mma.f16.f16"},
    {"a100", "bf16", Format::bf16, "sm_80/mma.bf16", ""},
    {"a100", "tf32", Format::tf32, "sm_80/mma.tf32", ""},
    {"a2", "fp16", Format::f16, "sm_86/mma.f16", "sm_86/mma.f16.f16"},
    {"a2", "bf16", Format::bf16, "sm_86/mma.bf16", ""},
    {"a2", "tf32", Format::tf32, "sm_86/mma.tf32", ""},
    {"ada", "fp16", Format::f16, "sm_89/mma.f16", "sm_89/mma.f16.f16"},
    {"ada", "bf16", Format::bf16, "sm_89/mma.bf16", ""},
    {"ada", "tf32", Format::tf32, "sm_89/mma.tf32", ""},
    {"ada", "e4m3", Format::e4m3, "sm_89/mma.fp8", "sm_89/mma.fp8.f16"},
    {"ada", "e5m2", Format::e5m2, "sm_89/mma.fp8", "sm_89/mma.fp8.f16"},
    {"l40s", "fp16", Format::f16, "sm_89/mma.f16", "sm_89/mma.f16.f16"},
    {"l40s", "bf16", Format::bf16, "sm_89/mma.bf16", ""},
    {"l40s", "tf32", Format::tf32, "sm_89/mma.tf32", ""},
    {"l40s", "e4m3", Format::e4m3, "sm_89/mma.fp8", ""},
    {"l40s", "e5m2", Format::e5m2, "sm_89/mma.fp8", ""},
    {"h100", "fp16", Format::f16, "sm_90/mma.f16", "sm_90/mma.f16.f16"},
    {"h100", "bf16", Format::bf16, "sm_90/mma.bf16", ""},
    {"h100", "tf32", Format::tf32, "sm_90/mma.tf32", ""},
    {"h100", "e4m3", Format::e4m3, "sm_90/wgmma.fp8", "sm_90/mma.fp8.f16", true},
    {"h100", "e5m2", Format::e5m2, "sm_90/wgmma.fp8", "sm_90/mma.fp8.f16", true},
    {"h200", "fp16", Format::f16, "sm_90/mma.f16", "sm_90/mma.f16.f16"},
    {"h200", "bf16", Format::bf16, "sm_90/mma.bf16", ""},
    {"h200", "tf32", Format::tf32, "sm_90/mma.tf32", ""},
    {"h200", "e4m3", Format::e4m3, "sm_90/wgmma.fp8", "sm_90/mma.fp8.f16", true},
    {"h200", "e5m2", Format::e5m2, "sm_90/wgmma.fp8", "sm_90/mma.fp8.f16", true},
    {"b200", "fp16", Format::f16, "sm_100/mma.f16", "sm_100/mma.f16.f16"},
    {"b200", "bf16", Format::bf16, "sm_100/mma.bf16", ""},
    {"b200", "tf32", Format::tf32, "sm_100/mma.tf32", ""},
    {"b200", "e4m3", Format::e4m3, "sm_100/mma.fp8", "sm_100/mma.fp8.f16"},
    {"b200", "e5m2", Format::e5m2, "sm_100/mma.fp8", "sm_100/mma.fp8.f16"},
};

std::uint32_t encode(Format format, std::uint32_t bits) {
  if (format == Format::tf32) return bits;  // the words themselves: truncation is the model's
  return cast_code(make_cast(Format::f32, format, CastPolicy::cuda_nosat).value(), bits);
}

std::vector<std::uint32_t> encode_row(Format format, std::span<const std::uint32_t> matrix,
                                      std::int64_t row, std::int64_t columns) {
  const auto length = static_cast<std::size_t>(columns);
  std::vector<std::uint32_t> codes;
  for (const std::uint32_t bits : matrix.subspan(static_cast<std::size_t>(row) * length, length))
    codes.push_back(encode(format, bits));
  return codes;
}

// How many rows a model gets wrong.
int mismatches(const DataSet& set, const MmaRows& rows, const TensorCoreModel& model) {
  const Format result = model.accumulator;
  const auto expected = result == Format::f32 ? rows.d_f32 : rows.d_f16;
  const bool ignores_c = set.ignores_c && result == Format::f32;
  int wrong = 0;
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    const auto at = static_cast<std::size_t>(row);
    const auto to_result = [&](std::uint32_t bits) {
      return result == Format::f32 ? bits : encode(Format::f16, bits);
    };
    const auto a = encode_row(set.format, rows.a, row, rows.columns);
    const auto b = encode_row(set.format, rows.b, row, rows.columns);
    const std::uint32_t c = ignores_c ? 0 : to_result(rows.c[at]);
    const auto actual = tensor_core_dot(model, set.format, a, set.format, b, c);
    wrong += actual.value() == to_result(expected[at]) ? 0 : 1;
  }
  return wrong;
}

class TensorCoreRows : public testing::TestWithParam<DataSet> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kRowsFolder)) GTEST_SKIP() << "no folder " << kRowsFolder;
    auto read =
        read_mma_rows(kRowsFolder / (GetParam().gpu + "_" + GetParam().input + ".safetensors"));
    ASSERT_TRUE(read) << read.error().message;
    rows_ = *std::move(read);
    ASSERT_EQ(rows_.rows, 1000);
    ASSERT_EQ(rows_.d_f32.empty(), GetParam().f32_model.empty());
    ASSERT_EQ(rows_.d_f16.empty(), GetParam().f16_model.empty());
  }

  int wrong_rows(const TensorCoreModel& model) { return mismatches(GetParam(), rows_, model); }

  MmaRows rows_;
};

TEST_P(TensorCoreRows, EveryRowAgreesBitForBit) {
  for (const std::string_view name : {GetParam().f32_model, GetParam().f16_model}) {
    if (name.empty()) continue;
    EXPECT_EQ(wrong_rows(*find_tensor_core_model(name).value()), 0) << name;
  }
}

TEST_P(TensorCoreRows, AModelOneBitOffOrRoundingToNearestIsSeen) {
  const TensorCoreModel& model = *find_tensor_core_model(GetParam().f32_model).value();
  // Sums of fp8 products fit the step that the expansion uses: its rows see the expansion alone.
  if (model.lowering == MmaLowering::two_f16_mmas) return;
  TensorCoreModel coarser = model;
  coarser.step.fraction_bits -= 1;
  EXPECT_GT(wrong_rows(coarser), 0);
  TensorCoreModel other = model;
  other.step.rounding =
      model.step.rounding == SumRounding::rz_f32 ? SumRounding::rz_e8m13 : SumRounding::rz_f32;
  EXPECT_GT(wrong_rows(other), 0);
  if (rows_.columns < 2 * model.step.products && rows_.columns < 8) return;  // no second step
  TensorCoreModel shorter = model;
  shorter.step.products /= 2;
  EXPECT_GT(wrong_rows(shorter), 0);
}

INSTANTIATE_TEST_SUITE_P(DataSets, TensorCoreRows, testing::ValuesIn(kDataSets),
                         [](const auto& set) { return set.param.gpu + "_" + set.param.input; });

// ptxas's expansion against the native step it replaces.
TEST(TensorCoreData, B200Fp8RowsAreNotThoseOfANativeStep) {
  if (!std::filesystem::exists(kRowsFolder)) GTEST_SKIP() << "no folder " << kRowsFolder;
  const auto rows = read_mma_rows(kRowsFolder / "b200_e4m3.safetensors");
  ASSERT_TRUE(rows) << rows.error().message;
  const DataSet set{"b200", "e4m3", Format::e4m3, "", ""};
  EXPECT_GT(mismatches(set, *rows, *find_tensor_core_model("sm_100/tcgen05.fp8").value()), 100);
}

TEST(MmaRows, WhatIsNoFileOfRowsIsAnErrorThatNamesTheTensor) {
  const TemporaryFolder folder = test_folder();
  const auto path = folder.path() / "rows.safetensors";
  Tensors tensors;
  tensors.emplace("a", Tensor(Dtype::u32, {2, 4}));
  const auto error = [&] {
    EXPECT_TRUE(write_safetensors(path, views_of(tensors), {}));
    const std::string text = error_of(read_mma_rows(path));
    const auto at = text.find(path.string());
    return at == std::string::npos ? text : text.substr(at + path.string().size() + 2);
  };
  EXPECT_EQ(error(), "b: missing");
  tensors.emplace("b", Tensor(Dtype::u32, {2, 4}));
  tensors.emplace("c", Tensor(Dtype::f32, {2}));
  EXPECT_EQ(error(), "c: has dtype F32, expected U32");
  tensors["c"] = Tensor(Dtype::u32, {2});
  EXPECT_EQ(error(), "neither d_f32 nor d_f16 is there");
  tensors.emplace("d_f16", Tensor(Dtype::u32, {2}));
  EXPECT_EQ(error(), "no error");
}

}  // namespace
}  // namespace assay
