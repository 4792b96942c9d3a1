// SPDX-License-Identifier: Apache-2.0
// Oracle: the tables of docs/vectors.md, and the case description's schema.
#include "vectors/io/operators.hpp"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

CaseDescription described(const std::string& op, const Attributes& attributes) {
  CaseDescription description;
  description.id = "c";
  description.op = op;
  description.attributes = attributes;
  description.bit_class = "A";
  return description;
}

CaseDescription cast_description() {
  return described(
      "cast", {{"from", "f32"}, {"to", "e4m3"}, {"policy", "cuda_satfinite"}, {"rounding", "rn"}});
}

CaseDescription recipe_description(const std::string& op, const std::string& recipe) {
  return described(op, {{"recipe", recipe}});
}

Tensors with_values(std::vector<std::int64_t> shape, Dtype dtype = Dtype::f32) {
  Tensors tensors;
  tensors["values"] = Tensor(dtype, std::move(shape));
  return tensors;
}

std::string check_error(const CaseDescription& description, const Tensors& tensors) {
  const Operator& row = *find_operator(description.op).value();
  return error_of(row.check(description, views_of(tensors)));
}

// Inputs and what the reference makes of them.
Tensors complete(const CaseDescription& description, Tensors inputs, bool with_stages = true) {
  const Operator& row = *find_operator(description.op).value();
  auto results = row.run(description, views_of(inputs), with_stages);
  EXPECT_TRUE(results) << error_of(results);
  inputs.merge(*results);
  return inputs;
}

TEST(Operators, AreThoseOfTheSchema) {
  for (const Operator& row : operators()) {
    const TemporaryFolder folder = test_folder();
    CaseDescription description = described(std::string(row.name), {});
    if (row.has_profile) description.profile = find_profile("tensorrt_exact").value();
    const bool has_attributes = !row.has_profile && !row.name.ends_with("_fp8");
    if (has_attributes) description.attributes["a"] = "b";
    EXPECT_EQ(error_of(write_case(folder / "c", description, {})), "no error") << row.name;
  }
  EXPECT_EQ(operators().size(), 6u);
}

TEST(Operators, UnknownOneIsNamedWithTheNearest) {
  EXPECT_EQ(error_of(find_operator("quantise")),
            "invalid: operator \"quantise\" is unknown (did you mean \"quantize\"?); known: moe, "
            "cast, quantize, dequantize, quantize_fp8, dequantize_fp8");
}

TEST(Operators, RankTensorsByDataflow) {
  EXPECT_EQ(dataflow_rank("values"), 0u);
  EXPECT_LT(dataflow_rank("hidden_states"), dataflow_rank("stage.hidden_q"));
  EXPECT_LT(dataflow_rank("stage.gate"), dataflow_rank("stage.mul_q"));
  EXPECT_LT(dataflow_rank("stage.tensor_scale"), dataflow_rank("stage.block_scale"));
  EXPECT_LT(dataflow_rank("stage.block_scale"), dataflow_rank("output"));
  EXPECT_EQ(dataflow_rank("output"), std::numeric_limits<std::size_t>::max());
}

TEST(CastOperator, RunsAndChecksItsOwnCases) {
  Tensors tensors = with_values({3});
  const auto values = tensors["values"].as<float>();
  values[0] = 464;
  values[1] = -0.0f;
  tensors = complete(cast_description(), std::move(tensors));
  const auto codes = tensors["output"].as<std::uint8_t>();
  EXPECT_EQ(codes[0], 0x7E);
  EXPECT_EQ(codes[1], 0x80);
  EXPECT_EQ(codes[2], 0x00);
  EXPECT_EQ(check_error(cast_description(), tensors), "no error");
}

TEST(CastOperator, WrongDtypesShapesAndNamesAreNamed) {
  const Tensors good = complete(cast_description(), with_values({3}));
  Tensors bad = good;
  bad["values"] = Tensor(Dtype::f64, {3});
  EXPECT_EQ(check_error(cast_description(), bad), "invalid: values: has dtype F64, expected F32");
  bad = good;
  bad["values"] = Tensor(Dtype::f32, {1, 3});
  EXPECT_EQ(check_error(cast_description(), bad),
            "invalid: values: has shape [1, 3], expected one extent");
  bad = good;
  bad["output"] = Tensor(Dtype::u8, {3});
  EXPECT_EQ(check_error(cast_description(), bad),
            "invalid: output: has dtype U8, expected F8_E4M3");
  bad = good;
  bad["output"] = Tensor(Dtype::f8_e4m3, {4});
  EXPECT_EQ(check_error(cast_description(), bad), "invalid: output: has shape [4], expected [3]");
  bad = good;
  bad.erase("output");
  EXPECT_EQ(check_error(cast_description(), bad), "invalid: output: missing");
  bad.erase("values");
  EXPECT_EQ(check_error(cast_description(), bad), "invalid: values: missing");
  bad = good;
  bad["value"] = Tensor(Dtype::f32, {3});
  EXPECT_EQ(check_error(cast_description(), bad),
            "invalid: \"value\": unknown tensor (did you mean \"values\"?)");
  bad = good;
  bad["stage.codes"] = Tensor(Dtype::f32, {3});
  EXPECT_NE(check_error(cast_description(), bad).find("\"stage.codes\": unknown stage"),
            std::string::npos);
}

TEST(CastOperator, AttributesMustNameACast) {
  const Tensors good = complete(cast_description(), with_values({3}));
  const auto error = [&](const std::string& name, const std::string& value) {
    CaseDescription description = cast_description();
    description.attributes[name] = value;
    return check_error(description, good);
  };
  EXPECT_TRUE(error("to", "e4m4").starts_with("invalid: ")) << error("to", "e4m4");
  EXPECT_TRUE(error("from", "e4m3").starts_with("invalid: ")) << error("from", "e4m3");
  EXPECT_TRUE(error("policy", "cuda").starts_with("invalid: "));
  EXPECT_TRUE(error("rounding", "rp").starts_with("invalid: "));
  EXPECT_EQ(error("polici", "x"),
            "invalid: attribute \"polici\": unknown (did you mean \"policy\"?)");
  CaseDescription description = cast_description();
  description.attributes.erase("rounding");
  EXPECT_EQ(check_error(description, good), "invalid: attribute rounding: missing");
}

TEST(QuantizeOperator, StagesFollowTheRecipe) {
  const auto names = [](const std::string& recipe, bool with_stages) {
    std::vector<std::string> found;
    const Tensors tensors =
        complete(recipe_description("quantize", recipe), with_values({2, 64}), with_stages);
    for (const auto& [name, tensor] : tensors)
      if (name != "values")
        found.push_back(
            fmt::format("{} {} {}", name, dtype_name(tensor.dtype()), shape_text(tensor.shape())));
    return found;
  };
  EXPECT_EQ(names("modelopt", true),
            (std::vector<std::string>{"output U8 [2, 32]", "stage.block_scale F8_E4M3 [2, 4]",
                                      "stage.tensor_scale F32 []"}));
  EXPECT_EQ(names("llama_cpp", true),
            (std::vector<std::string>{"output U8 [2, 32]", "stage.block_scale F8_E4M3 [2, 4]"}));
  EXPECT_EQ(names("mxfp4_floor", true),
            (std::vector<std::string>{"output U8 [2, 32]", "stage.block_scale F8_E8M0 [2, 2]"}));
  EXPECT_EQ(
      names("mxfp8_floor", true),
      (std::vector<std::string>{"output F8_E4M3 [2, 64]", "stage.block_scale F8_E8M0 [2, 2]"}));
  EXPECT_EQ(names("modelopt", false), std::vector<std::string>{"output U8 [2, 32]"});
}

TEST(QuantizeOperator, StagesMayBeAbsentButMustFit) {
  const CaseDescription description = recipe_description("quantize", "modelopt");
  const Tensors good = complete(description, with_values({2, 64}));
  EXPECT_EQ(check_error(description, good), "no error");
  Tensors bad = good;
  bad.erase("stage.block_scale");
  EXPECT_EQ(check_error(description, bad), "no error");
  bad["stage.block_scale"] = Tensor(Dtype::f8_e8m0, {2, 4});
  EXPECT_EQ(check_error(description, bad),
            "invalid: stage.block_scale: has dtype F8_E8M0, expected F8_E4M3");
  bad["stage.block_scale"] = Tensor(Dtype::f8_e4m3, {4, 2});
  EXPECT_EQ(check_error(description, bad),
            "invalid: stage.block_scale: has shape [4, 2], expected [2, 4]");
  const CaseDescription without = recipe_description("quantize", "llama_cpp");
  EXPECT_NE(check_error(without, good).find("\"stage.tensor_scale\": unknown stage"),
            std::string::npos);
}

TEST(QuantizeOperator, RowsMustHoldWholeBlocks) {
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{2, 40}, {0, 64}, {2, 0}}) {
    const Tensors tensors = with_values(shape);
    const std::string error = check_error(recipe_description("quantize", "modelopt"), tensors);
    EXPECT_NE(error.find("values: has shape " + shape_text(shape)), std::string::npos) << error;
  }
  EXPECT_EQ(check_error(recipe_description("quantize", "modelopt"), with_values({64})),
            "invalid: values: has shape [64], expected two extents");
}

TEST(QuantizeOperator, ReciprocalUlpBelongsToItsRecipe) {
  CaseDescription description = recipe_description("quantize", "trtllm_fast");
  const Tensors good = complete(description, with_values({2, 64}));
  description.attributes["reciprocal_ulp"] = "-1";
  EXPECT_EQ(check_error(description, good), "no error");
  description.attributes["reciprocal_ulp"] = "2";
  EXPECT_EQ(check_error(description, good),
            "invalid: attribute reciprocal_ulp: \"2\" is not -1, 0 or 1");
  description.attributes = {{"recipe", "torchao"}, {"reciprocal_ulp", "1"}};
  EXPECT_EQ(check_error(description, good),
            "invalid: attribute reciprocal_ulp: the recipe torchao has none");
}

TEST(QuantizeOperator, ValuesThatAreNotFiniteAreRefused) {
  Tensors tensors = with_values({1, 32});
  tensors["values"].as<float>()[17] = INFINITY;
  const Operator& row = *find_operator("quantize").value();
  EXPECT_NE(error_of(row.run(recipe_description("quantize", "modelopt"), views_of(tensors), true))
                .find("values[17]"),
            std::string::npos);
}

Tensors quantized_inputs() {
  Tensors tensors;
  tensors["codes"] = Tensor(Dtype::u8, {2, 16});
  tensors["block_scale"] = Tensor(Dtype::f8_e4m3, {2, 2});
  tensors["tensor_scale"] = Tensor(Dtype::f32, {});
  tensors["tensor_scale"].as<float>()[0] = 0.5f;
  return tensors;
}

TEST(DequantizeOperator, MultipliesOut) {
  Tensors tensors = quantized_inputs();
  tensors["codes"].as<std::uint8_t>()[8] = 0xF1;        // elements 16 and 17: 0.5 and -6
  tensors["block_scale"].as<std::uint8_t>()[1] = 0x40;  // 2
  const CaseDescription description = recipe_description("dequantize", "modelopt");
  tensors = complete(description, std::move(tensors));
  EXPECT_EQ(tensors["output"].shape(), (std::vector<std::int64_t>{2, 32}));
  EXPECT_EQ(tensors["output"].as<float>()[16], 0.5f);
  EXPECT_EQ(tensors["output"].as<float>()[17], -6.0f);
  EXPECT_EQ(check_error(description, tensors), "no error");
}

TEST(DequantizeOperator, NeedsEveryInputOfItsRecipe) {
  for (const char* name : {"codes", "block_scale", "tensor_scale"}) {
    Tensors tensors = quantized_inputs();
    tensors.erase(name);
    EXPECT_EQ(check_error(recipe_description("dequantize", "modelopt"), tensors),
              fmt::format("invalid: {}: missing", name));
  }
  EXPECT_NE(check_error(recipe_description("dequantize", "llama_cpp"), quantized_inputs())
                .find("\"tensor_scale\": unknown tensor"),
            std::string::npos);
}

}  // namespace
}  // namespace assay
