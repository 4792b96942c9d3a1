// SPDX-License-Identifier: Apache-2.0
// Operators quantize_fp8 and dequantize_fp8 of the CUDA targets, on the emulator. What the bits
// have to be, suites judge; here: what is rejected, what the evidence names, that a wrong bit
// fails.
#include <cmath>

#include "conformance/target/test_cuda_operator.hpp"

namespace assay {
namespace {

// 3 x 7 values or codes with the reference's results under the scale 0.5; then the scale is
// changed, and the last bit of the output.
CaseFile fp8_case(const std::string& op, float scale = 0.5f, std::uint8_t last_bit = 0) {
  CaseDescription description = operator_description(op);
  Tensors tensors;
  const bool is_quantize = op == "quantize_fp8";
  Tensor& matrix = tensors[is_quantize ? "values" : "codes"] =
      Tensor(is_quantize ? Dtype::f32 : Dtype::f8_e4m3, {3, 7});
  for (std::size_t i = 0; i < 21; ++i) {
    if (is_quantize)
      matrix.as<float>()[i] = static_cast<float>(i + 1);
    else
      matrix.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(0x30 + i);
  }
  Tensor& stored = tensors["scale"] = Tensor(Dtype::f32, {});
  stored.as<float>()[0] = 0.5f;
  Tensors results = find_operator(op).value()->run(description, views_of(tensors), true).value();
  stored.as<float>()[0] = scale;
  results["output"].as<std::uint8_t>().back() ^= last_bit;
  tensors.merge(results);
  return stored_case(description, tensors);
}

class CudaStaticFp8 : public CudaOperatorTest, public testing::WithParamInterface<const char*> {};

TEST_P(CudaStaticFp8, ReturnsTheOutputBitForBit) {
  const CaseFile good = fp8_case(GetParam()), bad = fp8_case(GetParam(), 0.5f, 1);
  EXPECT_EQ(judge(good, run(good)).status, CaseStatus::pass);
  const CaseVerdict verdict = judge(bad, run(bad));
  EXPECT_EQ(verdict.status, CaseStatus::fail);
  EXPECT_EQ(verdict.reason, "output differs first at [2, 6] (1 of 21 elements)");
}

TEST_P(CudaStaticFp8, AScaleThatIsNotPositiveAndFiniteIsRejectedAndTheNextCaseRuns) {
  for (const float scale : {0.0f, -1.0f, INFINITY, NAN}) {
    const TargetResult result = run(fp8_case(GetParam(), scale));
    EXPECT_EQ(result.outcome, TargetOutcome::rejected);
    EXPECT_EQ(result.reason, fmt::format("scale: {} is not positive and finite", scale));
  }
  EXPECT_EQ(run(fp8_case(GetParam())).outcome, TargetOutcome::completed);
}

TEST_P(CudaStaticFp8, TheEvidenceCountsWhatRan) {
  run(fp8_case(GetParam()));
  run(fp8_case(GetParam(), -1));
  const bool is_quantize = std::string(GetParam()) == "quantize_fp8";
  EXPECT_EQ(launches(), is_quantize ? "quantize_static_fp8 1" : "dequantize_static_fp8 1");
}

INSTANTIATE_TEST_SUITE_P(Operators, CudaStaticFp8,
                         testing::Values("quantize_fp8", "dequantize_fp8"));

}  // namespace
}  // namespace assay
