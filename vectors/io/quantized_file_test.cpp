// SPDX-License-Identifier: Apache-2.0
// The layout of quantized files. Oracles: shapes and names worked out by hand from docs/cli.md;
// the place of a swizzled scale from cuBLAS's formula (docs/layouts.md), worked out by hand.
#include "vectors/io/quantized_file.hpp"

#include <numeric>

#include <gtest/gtest.h>

#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

QuantizedLayout layout_of(const char* recipe, ScaleLayout scales = ScaleLayout::linear,
                          NibbleOrder order = NibbleOrder::low_first) {
  return {find_recipe(recipe).value(), {}, scales, order};
}

// Codes and block scales count up from 1; the tensor scale is 0.5.
QuantizedTensor counting(const QuantizedLayout& layout, std::vector<std::int64_t> shape) {
  QuantizedTensor tensor = make_quantized_tensor(*layout.recipe, std::move(shape));
  std::iota(tensor.codes.begin(), tensor.codes.end(), std::uint8_t{1});
  std::iota(tensor.block_scales.begin(), tensor.block_scales.end(), std::uint8_t{1});
  tensor.tensor_scale = 0.5F;
  return tensor;
}

Tensors stored(const QuantizedLayout& layout, std::vector<std::int64_t> shape) {
  Tensors file;
  EXPECT_TRUE(add_quantized_tensor(layout, "w", counting(layout, std::move(shape)), file));
  return file;
}

std::string described(const Tensors& file) {
  std::string text;
  for (const auto& [name, tensor] : file)
    text += fmt::format("{} {} {}; ", name, dtype_name(tensor.dtype()), shape_text(tensor.shape()));
  return text;
}

std::string read_error(const QuantizedLayout& layout, const Tensors& file) {
  return error_of(read_quantized_tensor(layout, "w", views_of(file)));
}

TEST(QuantizedFile, Nvfp4HasPackedCodesAndE4m3Scales) {
  EXPECT_EQ(described(stored(layout_of("modelopt"), {4, 64})),
            "w U8 [4, 32]; w_scale F8_E4M3 [4, 4]; w_tensor_scale_decode F32 []; ");
}

TEST(QuantizedFile, TheTensorScaleIsNamedByItsKind) {
  EXPECT_TRUE(stored(layout_of("trtllm_fast"), {1, 16}).contains("w_tensor_scale_encode"));
  EXPECT_TRUE(stored(layout_of("transformer_engine"), {1, 16}).contains("w_amax"));
}

TEST(QuantizedFile, MxHasE8m0ScalesAndNoTensorScale) {
  EXPECT_EQ(described(stored(layout_of("mxfp8_floor"), {2, 64})),
            "w F8_E4M3 [2, 64]; w_scale F8_E8M0 [2, 2]; ");
  EXPECT_EQ(described(stored(layout_of("mxfp4_floor"), {2, 64})),
            "w U8 [2, 32]; w_scale F8_E8M0 [2, 2]; ");
}

TEST(QuantizedFile, SwizzledScalesArePaddedMatrixByMatrix) {
  EXPECT_EQ(described(stored(layout_of("modelopt", ScaleLayout::swizzled_128x4), {3, 130, 80})),
            "w U8 [3, 130, 40]; w_scale F8_E4M3 [3, 256, 8]; w_tensor_scale_decode F32 []; ");
  EXPECT_EQ(described(stored(layout_of("modelopt", ScaleLayout::swizzled_8x4), {1, 16})),
            "w U8 [1, 8]; w_scale F8_E4M3 [8, 4]; w_tensor_scale_decode F32 []; ");
}

// Row 33 of a 128x4 tile: offset (33 % 32) * 16 + (33 / 32) * 4 + column.
TEST(QuantizedFile, AStackedScaleLiesInItsOwnMatrix) {
  const QuantizedLayout layout = layout_of("modelopt", ScaleLayout::swizzled_128x4);
  QuantizedTensor tensor = make_quantized_tensor(*layout.recipe, {2, 34, 64});
  tensor.block_scales[34 * 4 + 33 * 4 + 2] = 0x7E;  // matrix 1, row 33, column 2
  Tensors file;
  ASSERT_TRUE(add_quantized_tensor(layout, "w", tensor, file));
  const auto scales = std::as_const(file).at("w_scale").as<std::uint8_t>();
  EXPECT_EQ(scales[512 + 16 + 4 + 2], 0x7E);
  EXPECT_EQ(std::accumulate(scales.begin(), scales.end(), 0), 0x7E);
}

TEST(QuantizedFile, HighFirstSwapsTheNibblesOfPackedCodesOnly) {
  const auto first_code = [](const char* recipe) {
    return stored(layout_of(recipe, ScaleLayout::linear, NibbleOrder::high_first), {1, 32})
        .at("w")
        .as<std::uint8_t>()[0];
  };
  EXPECT_EQ(first_code("modelopt"), 0x10);
  EXPECT_EQ(first_code("mxfp8_floor"), 0x01);
}

TEST(QuantizedFile, ReadsBackWhatWasStored) {
  for (const ScaleLayout scales :
       {ScaleLayout::linear, ScaleLayout::swizzled_128x4, ScaleLayout::swizzled_8x4})
    for (const NibbleOrder order : {NibbleOrder::low_first, NibbleOrder::high_first}) {
      const QuantizedLayout layout = layout_of("modelopt", scales, order);
      const QuantizedTensor tensor = counting(layout, {2, 3, 48});
      Tensors file;
      ASSERT_TRUE(add_quantized_tensor(layout, "w", tensor, file));
      const auto read = read_quantized_tensor(layout, "w", views_of(file));
      ASSERT_TRUE(read);
      EXPECT_EQ(read->shape, tensor.shape);
      EXPECT_EQ(read->codes, tensor.codes);
      EXPECT_EQ(read->block_scales, tensor.block_scales);
      EXPECT_EQ(read->tensor_scale, 0.5F);
    }
}

TEST(QuantizedFile, NamesWhatIsWrong) {
  const QuantizedLayout layout = layout_of("modelopt");
  Tensors file = stored(layout, {4, 64});
  file.erase("w_tensor_scale_decode");
  EXPECT_EQ(read_error(layout, file), "invalid: tensor \"w_tensor_scale_decode\": is missing");
  file["w_scale"] = Tensor(Dtype::f8_e4m3, {4, 5});
  EXPECT_EQ(read_error(layout, file),
            "invalid: tensor \"w_scale\": has shape [4, 5], expected [4, 4]");
  file["w_scale"] = Tensor(Dtype::f8_e8m0, {4, 4});
  EXPECT_EQ(read_error(layout, file),
            "invalid: tensor \"w_scale\": has dtype F8_E8M0, expected F8_E4M3");
  file["w"] = Tensor(Dtype::u8, {4, 12});
  EXPECT_EQ(read_error(layout, file),
            "invalid: tensor \"w\": rows of 24 elements are not whole blocks of 16, recipe "
            "modelopt");
  file["w"] = Tensor(Dtype::u8, {8});
  EXPECT_EQ(read_error(layout, file), "invalid: tensor \"w\": has rank 1, expected at least 2");
}

TEST(QuantizedFile, HugeEmptyShapesDoNotOverflow) {
  Tensors file;
  file["w"] = Tensor(Dtype::u8, {0, std::int64_t{1} << 62});
  EXPECT_EQ(read_error(layout_of("modelopt"), file),
            "invalid: tensor \"w\": shape [0, 4611686018427387904, 2] has more than 2^62 elements");
}

TEST(QuantizedFile, ResultsOfOneNameAreAnError) {
  const QuantizedLayout layout = layout_of("modelopt");
  Tensors file = stored(layout, {1, 16});
  EXPECT_EQ(error_of(add_quantized_tensor(layout, "w_scale", counting(layout, {1, 16}), file)),
            "invalid: tensor \"w_scale\": two results have this name");
}

TEST(QuantizedFile, FindsTensorsByTheirSuffixes) {
  const QuantizedLayout layout = layout_of("modelopt");
  Tensors file = stored(layout, {1, 16});
  file["lone"] = Tensor(Dtype::u8, {1, 8});
  file["other"] = Tensor(Dtype::f32, {1, 8});
  file["other_scale"] = Tensor(Dtype::f32, {1, 8});
  EXPECT_EQ(find_quantized_tensors(layout, views_of(file)), std::vector<std::string>{"w"});
}

TEST(QuantizedMetadata, ReadsBackWhatWasDescribed) {
  QuantizedDescription description{
      layout_of("trtllm_fast", ScaleLayout::swizzled_8x4, NibbleOrder::high_first), {}};
  description.layout.options.reciprocal_ulp = -1;
  description.tensors["w"] = {Dtype::bf16, {3, 4, 64}};
  const auto parsed = parse_quantized_metadata(quantized_metadata(description), "f").value();
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->layout.recipe->name, "trtllm_fast");
  EXPECT_EQ(parsed->layout.options.reciprocal_ulp, -1);
  EXPECT_EQ(parsed->layout.scale_layout, ScaleLayout::swizzled_8x4);
  EXPECT_EQ(parsed->layout.nibble_order, NibbleOrder::high_first);
  EXPECT_EQ(parsed->tensors, description.tensors);
}

TEST(QuantizedMetadata, ItsTextIsStable) {
  EXPECT_EQ(quantized_metadata({layout_of("modelopt"), {{"w", {Dtype::f32, {1, 16}}}}})
                .at("assay_quantized"),
            R"({"nibble_order":"low_first","options":{},"recipe":"modelopt",)"
            R"("scale_layout":"linear","schema":"assay.quantized/1",)"
            R"("tensors":{"w":{"dtype":"F32","shape":[1,16]}}})");
}

TEST(QuantizedMetadata, IsAbsentFromOtherFiles) {
  EXPECT_EQ(parse_quantized_metadata({{"other", "x"}}, "f").value(), std::nullopt);
}

TEST(QuantizedMetadata, NamesWhatIsWrong) {
  const auto error = [](const std::string& fields) {
    return error_of(parse_quantized_metadata(
        {{"assay_quantized", "{\"schema\":\"assay.quantized/1\"," + fields + "}"}}, "f"));
  };
  const std::string rest =
      R"("options":{},"scale_layout":"linear","nibble_order":"low_first","tensors":{})";
  EXPECT_EQ(error(R"("recipe":"modelop",)" + rest).substr(0, 31),
            "invalid: f: /recipe: unknown re");
  EXPECT_EQ(error(R"("recipe":"modelopt","extra":1,)" + rest),
            "invalid: f: assay_quantized: /: unknown field \"extra\"");
}

}  // namespace
}  // namespace assay
