// SPDX-License-Identifier: Apache-2.0
// Tensor-core models against outputs of real GPUs: 1,000 rows of each data set that is published
// with arXiv 2512.07004 (MATLAB-tensor-core, BSD-2), V100 to B200. Skipped where the data is
// absent.
#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "reference/arithmetic/mma_tile.hpp"
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

using Codes = std::vector<std::uint32_t>;
using Compute = std::function<std::uint32_t(const Codes& a, const Codes& b, std::uint32_t c)>;

// The operands of a row, as codes, and what the GPU made of them.
struct Row {
  Codes a, b;
  std::uint32_t c, expected;
};

std::vector<Row> rows_of(const DataSet& set, const MmaRows& rows, Format result) {
  const auto to_result = [&](std::uint32_t bits) {
    return result == Format::f32 ? bits : encode(Format::f16, bits);
  };
  const auto expected = result == Format::f32 ? rows.d_f32 : rows.d_f16;
  const bool ignores_c = set.ignores_c && result == Format::f32;
  std::vector<Row> all;
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    const auto at = static_cast<std::size_t>(row);
    all.push_back({encode_row(set.format, rows.a, row, rows.columns),
                   encode_row(set.format, rows.b, row, rows.columns),
                   ignores_c ? 0 : to_result(rows.c[at]), to_result(expected[at])});
  }
  return all;
}

int mismatches(const std::vector<Row>& rows, const Compute& compute) {
  return static_cast<int>(std::ranges::count_if(
      rows, [&](const Row& row) { return compute(row.a, row.b, row.c) != row.expected; }));
}

Compute scalar_model(const TensorCoreModel& model, Format format) {
  return [=](const Codes& a, const Codes& b, std::uint32_t c) {
    return tensor_core_dot(model, format, a, format, b, c).value();
  };
}

// The same through a tile, of which it is the output in row 5, column 3.
MmaTile tile_of(Format format, const Codes& a, const Codes& b, std::uint32_t c) {
  MmaTile tile;
  const auto width = static_cast<std::size_t>(format_bytes(format));
  for (std::size_t i = 0; i < a.size() * width; ++i) {
    tile.a[5][i] = static_cast<std::uint8_t>(a[i / width] >> (i % width * 8));
    tile.b[3][i] = static_cast<std::uint8_t>(b[i / width] >> (i % width * 8));
  }
  tile.c[5 * kMmaColumns + 3] = c;
  return tile;
}

Compute tile_model(const TensorCoreModel& model, Format format) {
  return [=](const Codes& a, const Codes& b, std::uint32_t c) {
    const MmaForm form{format, format, model.accumulator, static_cast<int>(a.size())};
    MmaTile tile = tile_of(format, a, b, c);
    mma_model(model, form, tile, tile.c);
    return tile.c[5 * kMmaColumns + 3];
  };
}

Compute fma_chain(const TensorCoreModel& model, Format format) {
  return [=](const Codes& a, const Codes& b, std::uint32_t c) {
    const MmaForm form{format, format, model.accumulator, static_cast<int>(a.size())};
    MmaTile tile = tile_of(format, a, b, c);
    mma_fma_chain(form, tile, tile.c);
    return tile.c[5 * kMmaColumns + 3];
  };
}

// The last step's sum rounded to nearest instead of truncated, or truncated instead.
std::uint32_t otherwise_rounded(const TensorCoreModel& model, const TensorCoreTrace& trace) {
  const FusedStepTrace& step = trace.steps.back();
  const double sum =
      std::ldexp(static_cast<double>(step.sum), step.max_exponent - model.step.fraction_bits);
  if (model.accumulator == Format::f32)
    return std::bit_cast<std::uint32_t>(static_cast<float>(sum));
  const bool is_larger = std::fabs(decode(Format::f16, step.result)) > std::fabs(sum);
  return step.result - (is_larger ? 1 : 0);
}

Compute rounded_otherwise(const TensorCoreModel& model, Format format) {
  return [=](const Codes& a, const Codes& b, std::uint32_t c) {
    TensorCoreTrace trace;
    (void)tensor_core_dot(model, format, a, format, b, c, &trace);
    return otherwise_rounded(model, trace);
  };
}

// Takes k in another order.
Compute permuted(const Compute& compute, std::size_t flip) {
  return [=](const Codes& a, const Codes& b, std::uint32_t c) {
    Codes left(a.size()), right(b.size());
    for (std::size_t k = 0; k < a.size(); ++k) {
      left[k] = a[k ^ flip];
      right[k] = b[k ^ flip];
    }
    return compute(left, right, c);
  };
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

  // The models of this data set: of its binary32 results, and of its binary16 results.
  std::vector<const TensorCoreModel*> models() const {
    std::vector<const TensorCoreModel*> found;
    for (const std::string_view name : {GetParam().f32_model, GetParam().f16_model}) {
      if (!name.empty()) found.push_back(find_tensor_core_model(name).value());
    }
    return found;
  }
  int wrong_rows(const TensorCoreModel& model, const Compute& compute) const {
    return mismatches(rows_of(GetParam(), rows_, model.accumulator), compute);
  }
  int wrong_rows(const TensorCoreModel& model) const {
    return wrong_rows(model, scalar_model(model, GetParam().format));
  }

  MmaRows rows_;
};

TEST_P(TensorCoreRows, EveryRowAgreesBitForBit) {
  for (const TensorCoreModel* model : models())
    EXPECT_EQ(wrong_rows(*model), 0) << model->name;
}

TEST_P(TensorCoreRows, EveryRowAgreesThroughATile) {
  for (const TensorCoreModel* model : models())
    EXPECT_EQ(wrong_rows(*model, tile_model(*model, GetParam().format)), 0) << model->name;
}

TEST_P(TensorCoreRows, OtherFractionBitsAreSeen) {
  for (const TensorCoreModel* model : models()) {
    // Sums of fp8 products fit an f16 step, and binary16 results hardly depend on its last bits:
    // those see a step of half the precision.
    const bool is_blunt =
        model->lowering == MmaLowering::two_f16_mmas || model->accumulator == Format::f16;
    for (const int difference : is_blunt ? std::vector<int>{-14} : std::vector<int>{-1, 1}) {
      TensorCoreModel other = *model;
      other.step.fraction_bits = std::max(1, model->step.fraction_bits + difference);
      EXPECT_GT(wrong_rows(other), 0) << model->name << difference;
    }
  }
}

TEST_P(TensorCoreRows, OtherGroupsAreSeen) {
  for (const TensorCoreModel* model : models()) {
    TensorCoreModel other = *model;
    if (model->lowering == MmaLowering::two_f16_mmas) {  // a native step of all products
      other.lowering = MmaLowering::fused;
      other.step.products = 32;
    } else {
      other.step.products = std::min(model->step.products, static_cast<int>(rows_.columns)) / 2;
    }
    EXPECT_GT(wrong_rows(other), 0) << model->name;
  }
}

TEST_P(TensorCoreRows, AnotherRoundingIsSeen) {
  for (const TensorCoreModel* model : models()) {
    EXPECT_GT(wrong_rows(*model, rounded_otherwise(*model, GetParam().format)), 0) << model->name;
  }
}

TEST_P(TensorCoreRows, AnotherOrderIsSeen) {
  for (const TensorCoreModel* model : models()) {
    const Compute compute = scalar_model(*model, GetParam().format);
    EXPECT_GT(wrong_rows(*model, fma_chain(*model, GetParam().format)), 0) << model->name;
    // Inside a step the order is irrelevant; of two steps the second may be taken first.
    const auto length = static_cast<std::size_t>(model->step.products);
    if (rows_.columns == 2 * model->step.products && model->lowering == MmaLowering::fused) {
      EXPECT_GT(wrong_rows(*model, permuted(compute, length)), 0) << model->name;
    }
    // Of the two MMAs, binary16 results see which is first.
    if (model->lowering == MmaLowering::two_f16_mmas && model->accumulator == Format::f16) {
      EXPECT_GT(wrong_rows(*model, permuted(compute, 2)), 0) << model->name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(DataSets, TensorCoreRows, testing::ValuesIn(kDataSets),
                         [](const auto& set) { return set.param.gpu + "_" + set.param.input; });

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
  EXPECT_EQ(error(), "no error") << "results may be absent";
  tensors.emplace("d_f16", Tensor(Dtype::u32, {2}));
  EXPECT_EQ(error(), "no error");
}

}  // namespace
}  // namespace assay
