// SPDX-License-Identifier: Apache-2.0
// Groups of the operators quantize_fp8 and dequantize_fp8, as docs/vectors.md describes them: what
// the cases hold, and one test for each way to get a group wrong. Outside oracle of the expected
// bits: the host code of NVIDIA's cuda_fp8.h on quotients and products of IEEE 754.
#include <bit>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "vectors/generate/static_fp8_values.hpp"
#include "vectors/generate/test_operator_group.hpp"
#ifdef ASSAY_HAS_CUDA_HEADERS
#include <cuda_fp8.h>
#endif

namespace assay {
namespace {

using nlohmann::json;

json quantize_group(const std::string& changes = "{}") {
  json group = json::parse(R"({
    "name": "g", "operator": "quantize_fp8", "notes": "a test", "seed": 7, "scale": 0.0149,
    "values": {"distribution": "boundaries"}})");
  group.merge_patch(json::parse(changes));
  return group;
}

json dequantize_group(const std::string& changes = "{}") {
  json group = json::parse(R"({
    "name": "g", "operator": "dequantize_fp8", "notes": "a test", "seed": 7, "scale": 0.0149})");
  group.merge_patch(json::parse(changes));
  return group;
}

GeneratedCase case_of(const json& group) {
  return generate_case(expand_group(group, "s/g", "w").value().at(0), "").value();
}

constexpr float kScales[] = {1.0f,   0.0149f,     0.03f,     0x1p-149f,
                             7e-39f, 0x1.8p-126f, 0x1p+100f, 0x1.fffffep+127f};

TEST(StaticFp8Group, ExpectedBitsAreThoseOfNvidiasConversions) {
#ifdef ASSAY_HAS_CUDA_HEADERS
  for (const float scale : kScales) {
    json group = quantize_group();
    group["scale"] = scale;
    const Tensors quantized = case_of(group).tensors;
    const auto values = quantized.at("values").as<float>();
    const auto codes = quantized.at("output").as<std::uint8_t>();
    for (std::size_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(codes[i], __nv_cvt_float_to_fp8(values[i] / scale, __NV_SATFINITE, __NV_E4M3))
          << values[i] << " / " << scale;
    group = dequantize_group();
    group["scale"] = scale;
    const Tensors dequantized = case_of(group).tensors;
    const auto sources = dequantized.at("codes").as<std::uint8_t>();
    const auto products = dequantized.at("output").as<float>();
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const float product = __half2float(__nv_cvt_fp8_to_halfraw(sources[i], __NV_E4M3)) * scale;
      ASSERT_TRUE(std::isnan(product) ? std::isnan(products[i])
                                      : std::bit_cast<std::uint32_t>(product) ==
                                            std::bit_cast<std::uint32_t>(products[i]))
          << int{sources[i]} << " * " << scale;
    }
  }
#else
  GTEST_SKIP() << "NVIDIA's headers were not found";
#endif
}

// Under a power of two every tie is hit, and has a neighbour on each side; every code comes out.
TEST(StaticFp8Group, BoundariesHoldEveryTieAndItsNeighbours) {
  const Tensors tensors = case_of(quantize_group(R"({"scale": 0.125})")).tensors;
  EXPECT_EQ(tensors.at("values").shape(), (std::vector<std::int64_t>{127, 21}));
  const auto patterns = tensors.at("values").as<std::uint32_t>();
  const auto codes = tensors.at("output").as<std::uint8_t>();
  const std::set<std::uint32_t> all(patterns.begin(), patterns.end());
  float last = 0;
  for (int step = 1; step <= 127; ++step) {
    // E4M3 magnitudes by the definition of the format; 480 is the step beyond the largest.
    const int exponent = std::max(step >> 3, 1);
    const float value =
        std::ldexp(static_cast<float>(step < 8 ? step : 8 + step % 8), exponent - 10);
    const float tie = (last + value) / 2 * 0.125f;
    for (const float each : {tie, std::nextafter(tie, 0.0f), std::nextafter(tie, 1e9f)})
      for (const float sign : {-1.0f, 1.0f})
        EXPECT_TRUE(all.contains(std::bit_cast<std::uint32_t>(each * sign))) << step;
    last = value;
  }
  EXPECT_EQ(std::set<int>(codes.begin(), codes.end()).size(), 255u) << "all but 0xFF";
}

TEST(StaticFp8Group, BoundariesHoldSpecialValuesUnderEveryScale) {
  for (const float scale : kScales) {
    json group = quantize_group();
    group["scale"] = scale;
    const Tensors tensors = case_of(group).tensors;
    const auto patterns = tensors.at("values").as<std::uint32_t>();
    const std::set<std::uint32_t> all(patterns.begin(), patterns.end());
    for (const std::uint32_t magnitude : {0u, 1u, 0x007FFFFFu, 0x00800000u, 0x7F7FFFFFu,
                                          0x7F800000u, 0x7FC00000u, 0x7F800001u, 0x7FFFFFFFu})
      for (const std::uint32_t sign : {0u, 0x80000000u})
        EXPECT_TRUE(all.contains(magnitude | sign)) << magnitude << " " << scale;
  }
}

TEST(StaticFp8Group, EveryCodeIsThereAndTheCountIsNoMultipleOfFour) {
  const Tensors tensors = case_of(dequantize_group()).tensors;
  const auto codes = tensors.at("codes").as<std::uint8_t>();
  EXPECT_EQ(std::set<int>(codes.begin(), codes.end()).size(), 256u);
  EXPECT_EQ(codes.size() % 4, 3u);
  EXPECT_EQ(tensors.at("scale").as<float>()[0], 0.0149f);
}

TEST(StaticFp8Group, AStatedSizeHoldsWhatItSays) {
  const Tensors codes = case_of(dequantize_group(R"({"rows": 33, "columns": 203})")).tensors;
  EXPECT_EQ(codes.at("codes").shape(), (std::vector<std::int64_t>{33, 203}));
  const auto random = codes.at("codes").as<std::uint8_t>();
  EXPECT_EQ(std::set<int>(random.begin(), random.end()).size(), 256u);
  const Tensors values = case_of(quantize_group(R"({"rows": 3, "columns": 5, "scale": 0.5,
      "values": {"distribution": "constant", "scale": -3}})"))
                             .tensors;
  EXPECT_EQ(values.at("values").shape(), (std::vector<std::int64_t>{3, 5}));
  for (const float value : values.at("values").as<float>())
    EXPECT_EQ(value, -1.5f) << "-3 times the scale";
}

TEST(StaticFp8Group, DrawsEveryDistributionInAnyShape) {
  for (const std::string& name : static_fp8_distribution_names()) {
    if (name == kBoundaries) continue;
    json group = quantize_group(R"({"rows": 3, "columns": 7})");
    group["values"]["distribution"] = name;
    EXPECT_EQ(case_of(group).tensors.at("output").view().bytes.size(), 21u) << name;
  }
}

TEST(StaticFp8Group, TiesUnderTheSmallestAndLargestScaleAreNumbers) {
  for (const char* scale : {"1e-45", "3.4028235e38"}) {
    json group = quantize_group(R"({"rows": 64, "columns": 65,
                                    "values": {"distribution": "ties"}})");
    group["scale"] = json::parse(scale);
    const Tensors tensors = case_of(group).tensors;
    for (const float value : tensors.at("values").as<float>())
      ASSERT_FALSE(std::isnan(value)) << scale;
  }
}

TEST(StaticFp8Group, ClassesFollowFromTheRoundings) {
  EXPECT_EQ(case_of(quantize_group()).description.bit_class, "B");
  EXPECT_EQ(case_of(dequantize_group()).description.bit_class, "A");
  EXPECT_TRUE(case_of(quantize_group()).description.attributes.empty());
}

TEST(StaticFp8Group, IdsNameTheScaleInBinary32) {
  EXPECT_EQ(ids_of(quantize_group()), std::vector<std::string>{"s/g/case#1"});
  EXPECT_EQ(ids_of(quantize_group(R"({"scale": [1, 0.0149, 1.4e-45, 3.4028235e38]})")),
            (std::vector<std::string>{"s/g/s1#1", "s/g/s0.0149#1", "s/g/s1e-45#1",
                                      "s/g/s3.4028235e38#1"}));
  EXPECT_EQ(ids_of(dequantize_group(
                R"({"scale": [1, 2], "rows": [1, 2], "columns": [3, 4], "repeat": 2})"))[15],
            "s/g/s2_r2_c4#2");
}

TEST(StaticFp8Group, ScalesMustBePositiveAndFiniteInBinary32) {
  EXPECT_EQ(error_in(quantize_group(R"({"scale": 1e-46})")),
            "invalid: w: scale: 1e-46 is not positive and finite in binary32");
  EXPECT_EQ(error_in(dequantize_group(R"({"scale": [1, 1e39]})")),
            "invalid: w: scale: 1e+39 is not positive and finite in binary32");
  for (const char* scale :
       {R"({"scale": 0})", R"({"scale": -1})", R"({"scale": []})", R"({"scale": "amax"})"}) {
    EXPECT_NE(schema_error(quantize_group(scale)).find("/scale"), std::string::npos) << scale;
    EXPECT_NE(schema_error(dequantize_group(scale)).find("/scale"), std::string::npos) << scale;
  }
}

TEST(StaticFp8Group, WhatTheSchemaCannotSayIsChecked) {
  EXPECT_EQ(error_in(quantize_group(R"({"rows": 3, "columns": 5})")),
            "invalid: w: distribution \"boundaries\" has its own rows and columns");
  EXPECT_EQ(error_in(quantize_group(R"({"values": {"distribution": "ties"}})")),
            "invalid: w: distribution \"ties\" needs rows and columns");
  EXPECT_EQ(error_in(dequantize_group(R"({"columns": 2})")),
            "invalid: w: rows and columns: both or none");
  EXPECT_EQ(error_in(dequantize_group(R"({"rows": 1048576, "columns": 1048576})")),
            "invalid: w: rows 1048576, columns 1048576: more than 2^36 values");
  EXPECT_NE(error_in(quantize_group(R"({"values": {"distribution": "boundarys"}})"))
                .find("did you mean \"boundaries\"?"),
            std::string::npos);
  EXPECT_EQ(error_in(quantize_group(R"({"values": {"scale": 2}})")),
            "invalid: w: values: distribution \"boundaries\" has no field \"scale\": it is drawn "
            "at the group's");
  const auto scaled = [](const char* distribution, const char* scale) {
    json group = quantize_group(R"({"rows": 2, "columns": 2, "scale": 2})");
    group["values"] = {{"distribution", distribution}, {"scale", json::parse(scale)}};
    return error_in(group);
  };
  EXPECT_EQ(scaled("normal", "-1"),
            "invalid: w: values: scale: -1 is not positive, or its product with the group's not "
            "finite");
  EXPECT_NE(scaled("constant", "2e38").find("not finite"), std::string::npos);
  EXPECT_EQ(scaled("constant", "-1"), "no error");
}

TEST(StaticFp8Group, FieldsOfOtherOperatorsAreRefused) {
  EXPECT_NE(schema_error(quantize_group(R"({"recipe": "modelopt"})")).find("\"recipe\""),
            std::string::npos);
  EXPECT_NE(schema_error(dequantize_group(R"({"values": {}})")).find("\"values\""),
            std::string::npos);
  EXPECT_EQ(schema_error(quantize_group()), "no error");
  EXPECT_EQ(schema_error(dequantize_group()), "no error");
}

}  // namespace
}  // namespace assay
