// SPDX-License-Identifier: Apache-2.0
// Operators quantize and dequantize of the CUDA targets, on the emulator. What the bits have to be,
// suites judge; here: what is rejected, what is unsupported, what the evidence names.
#include <cmath>

#include "conformance/target/test_cuda_operator.hpp"

namespace assay {
namespace {

constexpr std::int64_t kRows = 3, kColumns = 96;

// Values 1, 2, ..., with the results of the reference.
CaseFile quantize_case(const std::string& recipe, float last = kRows * kColumns) {
  CaseDescription description = operator_description("quantize");
  description.attributes = {{"recipe", recipe}};
  Tensors tensors;
  const auto values = (tensors["values"] = Tensor(Dtype::f32, {kRows, kColumns})).as<float>();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i + 1);
  Tensors results =
      find_operator("quantize").value()->run(description, views_of(tensors), true).value();
  values.back() = last;
  tensors.merge(results);
  return stored_case(description, tensors);
}

// The way back from codes 0 under scales 0x38 (1, or 2^-71).
CaseFile dequantize_case(const std::string& recipe, std::uint8_t scale, float tensor_scale = 1) {
  const bool is_mx = recipe.starts_with("mx");
  CaseDescription description = operator_description("dequantize");
  description.attributes = {{"recipe", recipe}};
  Tensors tensors;
  tensors["codes"] = Tensor(Dtype::u8, {kRows, kColumns / 2});
  Tensor& scales = tensors["block_scale"] =
      Tensor(is_mx ? Dtype::f8_e8m0 : Dtype::f8_e4m3, {kRows, kColumns / (is_mx ? 32 : 16)});
  std::ranges::fill(scales.as<std::uint8_t>(), std::uint8_t{0x38});
  scales.as<std::uint8_t>()[4] = scale;
  if (!is_mx) (tensors["tensor_scale"] = Tensor(Dtype::f32, {})).as<float>()[0] = tensor_scale;
  tensors[kOutputTensor] = Tensor(Dtype::f32, {kRows, kColumns});
  return stored_case(description, tensors);
}

using CudaQuantize = CudaOperatorTest;

TEST_F(CudaQuantize, ReturnsOutputAndEveryStageBitForBit) {
  for (const char* recipe : {"modelopt", "mxfp4_even", "mxfp8_rceil"}) {
    const CaseFile test_case = quantize_case(recipe);
    const TargetResult result = run(test_case);
    const CaseVerdict verdict = judge(test_case, result);
    EXPECT_EQ(verdict.status, CaseStatus::pass) << verdict.reason;
    EXPECT_EQ(result.tensors.size(), test_case.expected().size());
  }
}

TEST_F(CudaQuantize, ValuesThatAreNotFiniteAreRejectedAndTheNextCaseRuns) {
  for (const char* recipe : {"flashinfer_exact", "mxfp8_floor"}) {
    for (const float value : {INFINITY, -INFINITY, NAN}) {
      const TargetResult result = run(quantize_case(recipe, value));
      EXPECT_EQ(result.outcome, TargetOutcome::rejected);
      EXPECT_EQ(result.reason, fmt::format("values[287] = {}: a value must be finite", value));
    }
    EXPECT_EQ(run(quantize_case(recipe)).outcome, TargetOutcome::completed);
  }
}

TEST_F(CudaQuantize, ScalesThatARecipeDoesNotWriteAreRejected) {
  EXPECT_EQ(run(dequantize_case("modelopt", 0x7E)).outcome, TargetOutcome::completed);
  for (const auto& [recipe, scale, text] :
       {std::tuple{"modelopt", 0x7F, "0x7F"}, std::tuple{"transformer_engine", 0xB8, "0xB8"},
        std::tuple{"mxfp4_ceil", 0xFF, "0xFF"}}) {
    const TargetResult result = run(dequantize_case(recipe, static_cast<std::uint8_t>(scale)));
    EXPECT_EQ(result.outcome, TargetOutcome::rejected);
    EXPECT_EQ(result.reason,
              fmt::format("block_scales[4] = {}: must not be NaN or negative", text));
  }
  for (const float scale : {0.0f, -1.0f, INFINITY, NAN}) {
    const TargetResult result = run(dequantize_case("tensorrt_sample", 0x38, scale));
    EXPECT_EQ(result.outcome, TargetOutcome::rejected);
    EXPECT_TRUE(result.reason.starts_with("tensor_scale = ")) << result.reason;
  }
}

TEST_F(CudaQuantize, ARecipeWithoutKernelIsUnsupportedWithItsName) {
  const TargetResult result = run(quantize_case("torchao"));
  EXPECT_EQ(result.outcome, TargetOutcome::unsupported);
  EXPECT_EQ(result.reason, "the backend has no kernel for the recipe torchao");
}

TEST_F(CudaQuantize, TheEvidenceNamesWhatRan) {
  run(quantize_case("modelopt"));
  run(dequantize_case("mxfp4_floor", 0x38));
  run(quantize_case("torchao"));
  EXPECT_EQ(launches(),
            "amax 1, dequantize_mxfp4 1, quantize_begin 2, quantize_modelopt 1, "
            "swizzle_scales_128x4 1, unswizzle_scales_128x4 1");
}

}  // namespace
}  // namespace assay
