// SPDX-License-Identifier: Apache-2.0
// Cases of quantize_fp8 and dequantize_fp8: what binds, what is refused and how it is named.
// Oracle: docs/vectors.md; the few values are worked by hand from docs/quantization.md, section 1.
#include "vectors/io/static_fp8_tensors.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

CaseDescription described(const std::string& op) {
  CaseDescription description;
  description.id = "c";
  description.op = op;
  description.bit_class = "A";
  return description;
}

// Inputs of one row.
Tensors values_of(std::vector<float> values, float scale) {
  Tensors tensors;
  Tensor& tensor = tensors["values"] = Tensor(Dtype::f32, {1, std::ssize(values)});
  std::ranges::copy(values, tensor.as<float>().begin());
  (tensors["scale"] = Tensor(Dtype::f32, {})).as<float>()[0] = scale;
  return tensors;
}

Tensors codes_of(std::vector<std::uint8_t> codes, float scale) {
  Tensors tensors;
  Tensor& tensor = tensors["codes"] = Tensor(Dtype::f8_e4m3, {1, std::ssize(codes)});
  std::ranges::copy(codes, tensor.as<std::uint8_t>().begin());
  (tensors["scale"] = Tensor(Dtype::f32, {})).as<float>()[0] = scale;
  return tensors;
}

std::string check_error(const std::string& op, const Tensors& tensors) {
  const Operator& row = *find_operator(op).value();
  return error_of(row.check(described(op), views_of(tensors)));
}

Result<Tensors> run(const std::string& op, const Tensors& tensors) {
  return find_operator(op).value()->run(described(op), views_of(tensors), true);
}

// Complete cases of both operators.
std::vector<std::pair<std::string, Tensors>> complete_cases() {
  std::vector<std::pair<std::string, Tensors>> cases;
  cases.emplace_back("quantize_fp8", values_of({1, 2, 3}, 0.5f));
  cases.emplace_back("dequantize_fp8", codes_of({0x38, 0x40, 0x44}, 0.5f));
  for (auto& [op, tensors] : cases)
    tensors.merge(run(op, tensors).value());
  return cases;
}

TEST(QuantizeFp8Operator, DividesSaturatesAndKeepsTheSignOfZero) {
  const auto results =
      run("quantize_fp8",
          values_of({0.5f, -0.0f, 232, -1e30f, INFINITY, NAN, -NAN, 0.53125f, 0.59375f}, 0.5f));
  ASSERT_TRUE(results) << error_of(results);
  EXPECT_EQ(results->at("output").dtype(), Dtype::f8_e4m3);
  const auto codes = results->at("output").as<std::uint8_t>();
  // 1.0625 and 1.1875 are ties: down to 1, up to 1.25.
  EXPECT_EQ(std::vector<std::uint8_t>(codes.begin(), codes.end()),
            (std::vector<std::uint8_t>{0x38, 0x80, 0x7E, 0xFE, 0x7E, 0x7F, 0x7F, 0x38, 0x3A}));
}

TEST(DequantizeFp8Operator, MultipliesAndKeepsNaN) {
  const auto results = run("dequantize_fp8", codes_of({0x38, 0x80, 0xFE, 0x7F, 0xFF, 0x01}, 0.5f));
  ASSERT_TRUE(results) << error_of(results);
  const auto values = results->at("output").as<float>();
  EXPECT_EQ(values[0], 0.5f);
  EXPECT_TRUE(values[1] == 0 && std::signbit(values[1]));
  EXPECT_EQ(values[2], -224.0f);
  EXPECT_TRUE(std::isnan(values[3]) && std::isnan(values[4]));
  EXPECT_EQ(values[5], 0x1p-10f);
}

TEST(StaticFp8Operators, CheckTheirOwnCases) {
  for (const auto& [op, tensors] : complete_cases())
    EXPECT_EQ(check_error(op, tensors), "no error") << op;
}

TEST(StaticFp8Operators, AScaleThatIsNotPositiveAndFiniteIsRefused) {
  for (const float scale : {0.0f, -0.0f, -1.0f, INFINITY, NAN}) {
    const std::string expected =
        fmt::format("invalid: scale[0] = {}: a scale must be finite and greater than 0", scale);
    EXPECT_EQ(error_of(run("quantize_fp8", values_of({1}, scale))), expected);
    EXPECT_EQ(error_of(run("dequantize_fp8", codes_of({1}, scale))), expected);
  }
}

TEST(StaticFp8Operators, MissingAndUnknownTensorsAreNamed) {
  for (const auto& [op, good] : complete_cases()) {
    const std::string matrix = op == "quantize_fp8" ? "values" : "codes";
    for (const std::string& name : {matrix, std::string("scale"), std::string("output")}) {
      Tensors bad = good;
      bad.erase(name);
      EXPECT_EQ(check_error(op, bad), fmt::format("invalid: {}: missing", name)) << op;
    }
    Tensors bad = good;
    bad["scales"] = Tensor(Dtype::f32, {});
    EXPECT_EQ(check_error(op, bad),
              "invalid: \"scales\": unknown tensor (did you mean \"scale\"?)");
    bad = good;
    bad["stage.scale"] = Tensor(Dtype::f32, {});
    EXPECT_NE(check_error(op, bad).find("\"stage.scale\": unknown stage"), std::string::npos);
  }
}

TEST(StaticFp8Operators, WrongDtypesAndShapesAreNamed) {
  for (const auto& [op, good] : complete_cases()) {
    const bool is_quantize = op == "quantize_fp8";
    const std::string matrix = is_quantize ? "values" : "codes";
    const auto error = [&](const std::string& name, Dtype dtype, std::vector<std::int64_t> shape) {
      Tensors bad = good;
      bad[name] = Tensor(dtype, std::move(shape));
      return check_error(op, bad);
    };
    const Dtype in = is_quantize ? Dtype::f32 : Dtype::f8_e4m3,
                out = is_quantize ? Dtype::f8_e4m3 : Dtype::f32;
    EXPECT_EQ(error(matrix, Dtype::u8, {1, 3}),
              fmt::format("invalid: {}: has dtype U8, expected {}", matrix, dtype_name(in)));
    for (const std::vector<std::int64_t>& shape :
         {std::vector<std::int64_t>{3}, {1, 1, 3}, {0, 3}, {1, 0}})
      EXPECT_EQ(error(matrix, in, shape),
                fmt::format("invalid: {}: has shape {}, expected two extents greater than zero",
                            matrix, shape_text(shape)));
    EXPECT_EQ(error("scale", Dtype::f32, {1}), "invalid: scale: has shape [1], expected []");
    EXPECT_EQ(error("scale", Dtype::f64, {}), "invalid: scale: has dtype F64, expected F32");
    EXPECT_EQ(error("output", out, {3, 1}), "invalid: output: has shape [3, 1], expected [1, 3]");
    EXPECT_EQ(error("output", Dtype::bf16, {1, 3}),
              fmt::format("invalid: output: has dtype BF16, expected {}", dtype_name(out)));
  }
}

TEST(StaticFp8Operators, HaveNoAttributes) {
  for (const auto& [op, tensors] : complete_cases()) {
    CaseDescription description = described(op);
    description.attributes["recipe"] = "modelopt";
    const Operator& row = *find_operator(op).value();
    EXPECT_EQ(error_of(row.check(description, views_of(tensors))),
              "invalid: attribute \"recipe\": unknown");
    const TemporaryFolder folder = test_folder();
    EXPECT_NE(error_of(write_case(folder / "c", description, views_of(tensors))), "no error");
  }
}

TEST(StaticFp8Operators, NearlyAllZeroOrSaturatedIsWeak) {
  const auto weakness = [](const std::string& op, const Tensors& inputs) {
    const Tensors results = run(op, inputs).value();
    return find_operator(op).value()->weakness(described(op), views_of(results));
  };
  EXPECT_EQ(weakness("quantize_fp8", values_of({0, -0.0f, 1e9f, NAN}, 1)),
            "4 of 4 elements of the expected output are zero or saturated");
  EXPECT_EQ(weakness("quantize_fp8", values_of({0, -0.0f, 1e9f, 1}, 1)), "");
  EXPECT_EQ(weakness("dequantize_fp8", codes_of({0, 0x80, 0x7F, 0x7E}, 3e38f)),
            "4 of 4 elements of the expected output are zero or not finite");
  EXPECT_EQ(weakness("dequantize_fp8", codes_of({0, 0x80, 0x7F, 0x7E}, 1)), "");
}

}  // namespace
}  // namespace assay
