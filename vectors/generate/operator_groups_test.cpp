// SPDX-License-Identifier: Apache-2.0
// Groups of the operators cast, quantize and dequantize, as docs/vectors.md describes them: ids,
// what "all" means, and one test for each way to get it wrong.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "vectors/generate/test_operator_group.hpp"
#include "vectors/io/operators.hpp"

namespace assay {
namespace {

using nlohmann::json;

json cast_group(const std::string& changes = "{}") {
  json group = json::parse(R"({
    "name": "g", "operator": "cast", "notes": "a test", "seed": 7, "from": "f32", "to": "e4m3",
    "policy": "cuda_satfinite", "values": {"distribution": "boundaries"}})");
  group.merge_patch(json::parse(changes));
  return group;
}

json quantize_group(const std::string& changes = "{}") {
  json group = json::parse(R"({
    "name": "g", "operator": "quantize", "notes": "a test", "seed": 7, "recipe": "modelopt",
    "rows": 2, "columns": 64, "values": {"distribution": "normal"}})");
  group.merge_patch(json::parse(changes));
  return group;
}

json dequantize_group(const std::string& changes = "{}") {
  json group = json::parse(R"({
    "name": "g", "operator": "dequantize", "notes": "a test", "seed": 7, "recipe": "modelopt"})");
  group.merge_patch(json::parse(changes));
  return group;
}

Tensors tensors_of(const json& group) {
  const auto cases = expand_group(group, "s/g", "w");
  auto generated = generate_case(cases->at(0), "");
  EXPECT_TRUE(generated) << error_of(generated);
  return std::move(generated->tensors);
}

TEST(CastGroup, IdsNameTheWholeCastEvenWhereNothingVaries) {
  EXPECT_EQ(ids_of(cast_group()), std::vector<std::string>{"s/g/f32_e4m3_cuda_satfinite_rn#1"});
  EXPECT_EQ(ids_of(cast_group(R"({"to": "e2m1", "rounding": ["rn", "rz"], "from": ["f16", "f64"],
                                  "values": {"distribution": "random_bits", "count": 3},
                                  "repeat": 2})"))[7],
            "s/g/f64_e2m1_cuda_satfinite_rz#2");
}

TEST(CastGroup, AllMeansEveryCastThatExists) {
  std::size_t casts = 0, defaults = 0;
  for (const Format from : {Format::f32, Format::f16, Format::bf16, Format::f64}) {
    for (const FormatInfo& to : formats()) {
      std::set<CastPolicy> policies;
      for (const Cast& cast : casts_between(from, to.format)) {
        policies.insert(cast.policy);
        ++casts;
      }
      defaults += policies.size();
    }
  }
  const std::string all = R"("from": "all", "to": "all", "policy": "all")";
  EXPECT_EQ(ids_of(cast_group("{" + all + R"(, "rounding": "all"})")).size(), casts);
  EXPECT_EQ(ids_of(cast_group("{" + all + "}")).size(), defaults);
  EXPECT_GT(casts, defaults);
}

TEST(CastGroup, ACastThatIsNamedMustExist) {
  EXPECT_TRUE(error_in(cast_group(R"({"policy": "cuda_nosat", "to": "e2m1"})"))
                  .starts_with("invalid: w: "));
  EXPECT_TRUE(error_in(cast_group(R"({"rounding": "rp"})")).starts_with("invalid: w: "));
  EXPECT_EQ(error_in(cast_group(R"({"policy": "all", "rounding": "rp"})")),
            "invalid: w: no policy casts f32 to e4m3 like that");
  EXPECT_EQ(error_in(cast_group(R"({"policy": "cuda_nosat", "to": "all"})")), "no error");
}

TEST(CastGroup, UnknownNamesAreNamed) {
  EXPECT_NE(error_in(cast_group(R"({"to": "e4m4"})")).find("e4m4"), std::string::npos);
  EXPECT_NE(error_in(cast_group(R"({"policy": "cuda"})")).find("cuda"), std::string::npos);
  EXPECT_NE(error_in(cast_group(R"({"rounding": "up"})")).find("up"), std::string::npos);
}

TEST(CastGroup, DistributionsHaveTheirOwnFields) {
  EXPECT_EQ(error_in(cast_group(R"({"values": {"distribution": "random_bits"}})")),
            "invalid: w: values: distribution \"random_bits\" needs field \"count\"");
  EXPECT_EQ(error_in(cast_group(R"({"values": {"count": 5}})")),
            "invalid: w: values: distribution \"boundaries\" has no field \"count\"");
  EXPECT_EQ(error_in(cast_group(R"({"values": {"distribution": "all"}})")),
            "invalid: w: values: distribution \"all\" is for sources of 16 bits, f32 has more");
}

TEST(CastGroup, FieldsOfOtherOperatorsAreRefused) {
  EXPECT_NE(schema_error(cast_group(R"({"recipe": "modelopt"})")).find("\"recipe\""),
            std::string::npos);
  EXPECT_NE(schema_error(cast_group(R"({"values": {"distribution": "boundarys"}})"))
                .find("did you mean \"boundaries\"?"),
            std::string::npos);
  EXPECT_NE(schema_error(cast_group(R"({"polcy": "x"})")).find("did you mean \"policy\"?"),
            std::string::npos);
  EXPECT_NE(schema_error(cast_group(R"({"operator": "quantise"})"))
                .find("/groups/0/operator: \"quantise\" is not one of the allowed values (did you "
                      "mean \"quantize\"?)"),
            std::string::npos);
  EXPECT_EQ(schema_error(cast_group()), "no error");
}

TEST(CastGroup, CasesHoldTheCodesOfTheReference) {
  const auto cases = expand_group(cast_group(), "s/g", "w");
  const auto generated = generate_case(cases->at(0), "");
  ASSERT_TRUE(generated) << error_of(generated);
  EXPECT_EQ(generated->description.bit_class, "A");
  EXPECT_EQ(generated->description.attributes.at("policy"), "cuda_satfinite");
  const auto values = generated->tensors.at("values").as<std::uint32_t>();
  const auto codes = generated->tensors.at("output").as<std::uint8_t>();
  const Cast cast = *make_cast(Format::f32, Format::e4m3, CastPolicy::cuda_satfinite);
  for (std::size_t i = 0; i < values.size(); ++i)
    ASSERT_EQ(codes[i], cast_code(cast, values[i])) << values[i];
}

TEST(QuantizeGroup, IdsAlwaysNameTheRecipe) {
  EXPECT_EQ(ids_of(quantize_group()), std::vector<std::string>{"s/g/modelopt#1"});
  EXPECT_EQ(ids_of(quantize_group(R"({"recipe": ["torchao", "llama_cpp"], "rows": [1, 2],
                                      "columns": [32, 64], "repeat": 2})"))[15],
            "s/g/llama_cpp_r2_c64#2");
  EXPECT_EQ(ids_of(quantize_group(R"({"recipe": "trtllm_fast", "reciprocal_ulp": -1})")),
            std::vector<std::string>{"s/g/trtllm_fast_ulp-1#1"});
  EXPECT_EQ(ids_of(quantize_group(R"({"recipe": "all"})")).size(), recipes().size());
}

TEST(QuantizeGroup, EveryRecipeSeesTheSameValues) {
  const Tensors a = tensors_of(quantize_group());
  const Tensors b = tensors_of(quantize_group(R"({"recipe": "mxfp8_floor"})"));
  EXPECT_TRUE(std::ranges::equal(a.at("values").view().bytes, b.at("values").view().bytes));
}

TEST(QuantizeGroup, WhatTheSchemaCannotSayIsChecked) {
  EXPECT_EQ(error_in(quantize_group(R"({"recipe": "mxfp4_floor", "columns": 48})")),
            "invalid: w: columns 48 is no multiple of the blocks of mxfp4_floor, 32");
  EXPECT_NE(error_in(quantize_group(R"({"recipe": "model_opt"})")).find("modelopt"),
            std::string::npos);
  EXPECT_EQ(error_in(quantize_group(R"({"reciprocal_ulp": 1})")),
            "invalid: w: attribute reciprocal_ulp: the recipe modelopt has none");
  EXPECT_NE(error_in(quantize_group(R"({"values": {"distribution": "near_tie"}})"))
                .find("did you mean \"near_ties\"?"),
            std::string::npos);
  EXPECT_NE(error_in(quantize_group(R"({"values": {"scale": 0}})")).find("not positive"),
            std::string::npos);
  EXPECT_NE(error_in(quantize_group(R"({"values": {"distribution": "ties", "scale": 3}})"))
                .find("needs a power of two as scale, got 3"),
            std::string::npos);
  EXPECT_NE(error_in(quantize_group(R"({"rows": 1048576, "columns": 1048576})")).find("2^36"),
            std::string::npos);
}

TEST(QuantizeGroup, FieldsOfOtherOperatorsAreRefused) {
  EXPECT_NE(schema_error(quantize_group(R"({"policy": "all"})")).find("\"policy\""),
            std::string::npos);
  EXPECT_NE(schema_error(quantize_group(R"({"reciprocal_ulp": 2})")).find("/reciprocal_ulp"),
            std::string::npos);
  EXPECT_NE(schema_error(quantize_group(R"({"columns": 40})")).find("/columns"), std::string::npos);
  EXPECT_NE(schema_error(quantize_group(R"({"values": {"code": "0x1"}})")).find("\"code\""),
            std::string::npos);
}

TEST(DequantizeGroup, HoldsEveryCodeUnderEveryScale) {
  for (const RecipeInfo& recipe : recipes()) {
    const Tensors tensors =
        tensors_of(dequantize_group(fmt::format(R"({{"recipe": "{}"}})", recipe.name)));
    const auto codes = tensors.at("codes").as<std::uint8_t>();
    const auto scales = tensors.at("block_scale").as<std::uint8_t>();
    const bool is_e2m1 = recipe.element == Format::e2m1;
    std::set<std::pair<int, int>> pairs;
    const auto block_bytes = static_cast<std::size_t>(code_bytes(recipe, recipe.block_size));
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const int scale = scales[i / block_bytes];
      pairs.emplace(scale, is_e2m1 ? codes[i] & 0xF : codes[i]);
      if (is_e2m1) pairs.emplace(scale, codes[i] >> 4);
    }
    const std::size_t numbers = recipe.block_scale == Format::e8m0 ? 255 : 127;
    EXPECT_EQ(pairs.size(), numbers * (is_e2m1 ? 16 : 256)) << recipe.name;
  }
}

TEST(DequantizeGroup, AStatedSizeHoldsRandomCodesUnderRandomScales) {
  const json group = dequantize_group(R"({"rows": 33, "columns": 2048})");
  EXPECT_EQ(ids_of(dequantize_group(R"({"rows": [1, 33], "columns": [16, 48]})"))[3],
            "s/g/modelopt_r33_c48#1");
  const Tensors tensors = tensors_of(group);
  EXPECT_EQ(tensors.at("codes").shape(), (std::vector<std::int64_t>{33, 1024}));
  const auto codes = tensors.at("codes").as<std::uint8_t>();
  const auto scales = tensors.at("block_scale").as<std::uint8_t>();
  EXPECT_EQ(std::set<int>(codes.begin(), codes.end()).size(), 256u);
  EXPECT_EQ(std::set<int>(scales.begin(), scales.end()).size(), 127u);
  EXPECT_EQ(std::ranges::max(scales), 0x7E);
}

TEST(DequantizeGroup, SizesAreWholeAndWholeBlocks) {
  EXPECT_EQ(error_in(dequantize_group(R"({"rows": 2})")),
            "invalid: w: rows and columns: both or none");
  EXPECT_EQ(error_in(dequantize_group(R"({"rows": 2, "columns": 48, "recipe": "mxfp8_floor"})")),
            "invalid: w: columns 48 is no multiple of the blocks of mxfp8_floor, 32");
}

TEST(DequantizeGroup, TakesNoValuesAndNoReciprocals) {
  EXPECT_NE(schema_error(dequantize_group(R"({"values": {}})")).find("\"values\""),
            std::string::npos);
  EXPECT_NE(schema_error(dequantize_group(R"({"reciprocal_ulp": 0})")).find("\"reciprocal_ulp\""),
            std::string::npos);
  EXPECT_EQ(ids_of(dequantize_group(R"({"repeat": 2})"))[1], "s/g/modelopt#2");
}

}  // namespace
}  // namespace assay
