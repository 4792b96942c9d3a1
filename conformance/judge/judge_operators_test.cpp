// SPDX-License-Identifier: Apache-2.0
// Verdicts on casts and recipes. Oracle: the rules in judge.hpp and docs/vectors.md; each test
// breaks one thing in an otherwise right result.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "conformance/judge/judge.hpp"
#include "conformance/suite/small_case.hpp"
#include "vectors/io/operators.hpp"

namespace assay {
namespace {

// A case file of the operator, with the results of the reference.
CaseFile make_case(const std::string& op, const Attributes& attributes, Tensors tensors) {
  CaseDescription description;
  description.id = "s/g/c#1";
  description.op = op;
  description.attributes = attributes;
  description.bit_class = "B";
  Tensors results = find_operator(op).value()->run(description, views_of(tensors), true).value();
  tensors.merge(results);
  const TemporaryFolder folder = test_folder();
  write_case(folder / "c", description, views_of(tensors)).value();
  return read_case(folder / "c").value();
}

Tensors values_of(std::vector<std::int64_t> shape, float first, float step) {
  Tensors tensors;
  Tensor& values = tensors["values"] = Tensor(Dtype::f32, std::move(shape));
  float value = first;
  for (float& each : values.as<float>())
    each = value += step;
  return tensors;
}

CaseFile quantize_case(const std::string& recipe = "modelopt") {
  return make_case("quantize", {{"recipe", recipe}}, values_of({2, 64}, -3, 0.125f));
}

CaseFile cast_case(float first = 1, float step = 0.3f, const char* to = "e4m3") {
  return make_case("cast",
                   {{"from", "f32"}, {"to", to}, {"policy", "cuda_satfinite"}, {"rounding", "rn"}},
                   values_of({64}, first, step));
}

CaseVerdict verdict_on(const CaseFile& test_case, Tensors actual) {
  return judge(test_case, completed(std::move(actual)));
}

TEST(JudgeOperators, TheExpectedBitsPass) {
  for (const CaseFile& test_case : {cast_case(), quantize_case(), quantize_case("mxfp8_floor")}) {
    const CaseVerdict result = verdict_on(test_case, copy_of(test_case.expected()));
    EXPECT_EQ(result.status, CaseStatus::pass) << result.reason;
  }
}

TEST(JudgeOperators, AWrongCodeIsNamedByItsIndex) {
  const CaseFile test_case = cast_case();
  Tensors actual = copy_of(test_case.expected());
  actual["output"].as<std::uint8_t>()[37] ^= 1;
  const CaseVerdict result = verdict_on(test_case, std::move(actual));
  EXPECT_EQ(result.status, CaseStatus::fail);
  EXPECT_EQ(result.reason, "output differs first at [37] (1 of 64 elements)");
}

TEST(JudgeOperators, TheFirstDivergenceOfARecipeIsItsEarliestStage) {
  const CaseFile test_case = quantize_case();
  Tensors actual = copy_of(test_case.expected());
  const std::vector<std::string> dataflow{"stage.tensor_scale", "stage.block_scale", "output"};
  for (auto name = dataflow.rbegin(); name != dataflow.rend(); ++name) {
    actual[*name].as<std::uint8_t>()[0] ^= 1;
    const CaseVerdict result = verdict_on(test_case, copy_of(views_of(actual)));
    EXPECT_EQ(result.status, CaseStatus::fail);
    EXPECT_EQ(result.first_divergence()->tensor, *name);
    std::vector<std::string> compared;
    for (const TensorComparison& comparison : result.tensors)
      compared.push_back(comparison.tensor);
    EXPECT_EQ(compared, dataflow);
  }
}

TEST(JudgeOperators, StagesAreOptionalButTheCodesAreNot) {
  const CaseFile test_case = quantize_case();
  Tensors actual = copy_of(test_case.expected());
  actual.erase("stage.block_scale");
  EXPECT_EQ(verdict_on(test_case, copy_of(views_of(actual))).status, CaseStatus::pass);
  actual.erase("output");
  EXPECT_EQ(verdict_on(test_case, std::move(actual)).status, CaseStatus::missing);
}

TEST(JudgeOperators, AWrongDtypeOrTensorFails) {
  const CaseFile test_case = quantize_case("mxfp4_floor");
  Tensors actual = copy_of(test_case.expected());
  actual["stage.block_scale"] = Tensor(Dtype::f8_e4m3, {2, 2});
  EXPECT_EQ(verdict_on(test_case, copy_of(views_of(actual))).reason,
            "stage.block_scale: is F8_E4M3 [2, 2], expected F8_E8M0 [2, 2]");
  actual = copy_of(test_case.expected());
  actual["stage.tensor_scale"] = Tensor(Dtype::f32, {});
  EXPECT_EQ(verdict_on(test_case, std::move(actual)).reason,
            "stage.tensor_scale: no such tensor among the case's results");
}

TEST(JudgeOperators, CodesThatAreNearlyAllZeroOrSaturatedAreWeak) {
  for (const CaseFile& test_case :
       {cast_case(1e6f, 1), cast_case(1e-9f, 0), cast_case(100, 1, "e2m1"),
        make_case("quantize", {{"recipe", "modelopt"}}, values_of({2, 64}, 1, 0)),
        make_case("quantize", {{"recipe", "mxfp8_floor"}}, values_of({2, 64}, 0, 0))}) {
    const CaseVerdict result = verdict_on(test_case, copy_of(test_case.expected()));
    EXPECT_EQ(result.status, CaseStatus::weak);
    EXPECT_NE(result.reason.find("zero or saturated"), std::string::npos) << result.reason;
  }
}

TEST(JudgeOperators, AWeakCastNamesWhatItsCodesAre) {
  const CaseFile test_case = cast_case(1e6f, 1);
  EXPECT_EQ(verdict_on(test_case, copy_of(test_case.expected())).reason,
            "64 of 64 elements of the expected output are zero or saturated");
}

TEST(JudgeOperators, ADequantizationOfZerosIsWeak) {
  Tensors inputs;
  inputs["codes"] = Tensor(Dtype::u8, {2, 32});
  inputs["block_scale"] = Tensor(Dtype::f8_e4m3, {2, 4});
  inputs["tensor_scale"] = Tensor(Dtype::f32, {});
  inputs["tensor_scale"].as<float>()[0] = 1;
  const CaseFile test_case = make_case("dequantize", {{"recipe", "modelopt"}}, std::move(inputs));
  EXPECT_EQ(verdict_on(test_case, copy_of(test_case.expected())).status, CaseStatus::weak);
}

}  // namespace
}  // namespace assay
