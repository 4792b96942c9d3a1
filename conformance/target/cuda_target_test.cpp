// SPDX-License-Identifier: Apache-2.0
// The CUDA targets on the emulator. Outside oracles: the environment as the C library returns it;
// the order-dependent sum is constructed by hand: 15 products of 448 * 6 and one of 2^-9 * 0.5 need
// 26 bits.
#include <cstdlib>

#include <gtest/gtest.h>

#include "conformance/judge/judge.hpp"
#include "conformance/suite/small_case.hpp"

namespace assay {
namespace {

constexpr const char* kSpec = "cuda:emulated:sm_110a";

// One folder for all tests: a process's driver writes its findings where its first target says.
const TemporaryFolder& folder() {
  static const TemporaryFolder kFolder = test_folder();
  return kFolder;
}

Result<std::unique_ptr<Target>> make(const std::string& spec) {
  return make_target(spec, {.timeout_ms = 60'000, .work_dir = folder().path()});
}

void block_fma(CaseDescription& description, Tensors&) {
  description.profile = find_profile("tensorrt_block_fma").value();
}

// The first block of the first row of fc_gate_weights has a dot product whose bits depend on order.
void uncertified(CaseDescription& description, Tensors& inputs) {
  block_fma(description, inputs);
  Tensor hidden(Dtype::f8_e4m3, inputs["hidden_states"].shape());
  std::ranges::fill(hidden.as<std::uint8_t>(), std::uint8_t{0x7E});
  hidden.as<std::uint8_t>()[15] = 0x01;
  inputs["hidden_states"] = std::move(hidden);
  const auto codes = inputs["fc_gate_weights"].as<std::uint8_t>();
  std::ranges::fill(codes.first(8), std::uint8_t{0x77});
  codes[7] = 0x17;
}

std::string value_of(const TargetEvidence& evidence, const std::string& name) {
  for (const auto& [each, value] : evidence)
    if (each == name) return value;
  return "(none)";
}

TEST(CudaTarget, ReturnsStagesAndOutputBitForBit) {
  const auto target = make(kSpec);
  ASSERT_TRUE(target) << target.error().message;
  const CaseFile test_case = small_case(block_fma);
  const CaseVerdict verdict = judge(test_case, (*target)->run(test_case).value());
  EXPECT_EQ(verdict.status, CaseStatus::pass) << verdict.reason;
  std::vector<std::string> compared;
  for (const TensorComparison& tensor : verdict.tensors)
    compared.push_back(tensor.tensor);
  EXPECT_EQ(compared,
            (std::vector<std::string>{"stage.hidden_q", "stage.mul_q", "stage.down", "output"}));
}

TEST(CudaTarget, ASumThatDependsOnItsOrderIsACrashWithTheFindingAndTheNextCaseRuns) {
  const auto target = make(kSpec).value();
  const TargetResult bad = target->run(small_case(uncertified)).value();
  EXPECT_EQ(bad.outcome, TargetOutcome::crashed);
  for (const char* part :
       {"CUDA_ERROR_LAUNCH_FAILED", "moe_gate_up_8: ", "uncertified_mma at projection.cuh:"})
    EXPECT_NE(bad.reason.find(part), std::string::npos) << bad.reason;
  EXPECT_EQ(bad.reason.find('\n'), std::string::npos);
  EXPECT_TRUE(bad.tensors.empty());

  const CaseFile good = small_case(block_fma);
  for (int i = 0; i < 2; ++i) {
    const CaseVerdict verdict = judge(good, target->run(good).value());
    EXPECT_EQ(verdict.status, CaseStatus::pass) << verdict.reason;
  }
}

TEST(CudaTarget, AnotherContractIsUnsupportedUnlessTheCaseIsCertified) {
  const auto target = make(kSpec).value();
  EXPECT_EQ(target->run(small_case()).value().outcome, TargetOutcome::unsupported);
  const CaseFile certified =
      small_case([](CaseDescription& description, Tensors&) { description.bit_class = "A"; });
  EXPECT_EQ(target->run(certified).value().outcome, TargetOutcome::completed);
}

TEST(CudaTarget, LayersLargerThanTheKernelsTakeAreUnsupported) {
  const auto target = make(kSpec).value();
  const CaseFile large = small_case([](CaseDescription& description, Tensors& inputs) {
    block_fma(description, inputs);
    constexpr std::int64_t kExperts = 8193;
    for (const std::string name : {"gate", "up", "down"}) {
      for (const std::string part : {"weights", "weights_scale", "weights_dbl_q_scale"}) {
        Tensor& tensor = inputs["fc_" + name + "_" + part];
        auto shape = tensor.shape();
        shape[0] = kExperts;
        Tensor grown(tensor.dtype(), shape);
        if (grown.dtype() == Dtype::f32) std::ranges::fill(grown.as<float>(), 1.0f);
        tensor = std::move(grown);
      }
    }
  });
  const TargetResult result = target->run(large).value();
  EXPECT_EQ(result.outcome, TargetOutcome::unsupported);
  EXPECT_NE(result.reason.find("num_experts"), std::string::npos) << result.reason;
}

TEST(CudaTarget, SaysWhatRan) {
  const auto target = make(kSpec).value();
  EXPECT_EQ(value_of(target->evidence(), "launches"), "none");
  const CaseFile test_case = small_case(block_fma);
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(target->run(test_case).value().outcome, TargetOutcome::completed);
  const TargetEvidence evidence = target->evidence();
  EXPECT_TRUE(value_of(evidence, "driver").ends_with("/libassay_cuda_emulator.so"));
  EXPECT_EQ(value_of(evidence, "driver_version"), "13.0");
  EXPECT_EQ(value_of(evidence, "compute_capability"), "11.0");
  EXPECT_TRUE(value_of(evidence, "device").starts_with("Assay emulator"));
  EXPECT_EQ(value_of(evidence, "kernel_images_sha256").size(), 64U);
  EXPECT_EQ(value_of(evidence, "launches"),
            "moe_combine 3, moe_down_8 3, moe_gate_up_8 3, moe_quantize_hidden 3, moe_route 3");
  EXPECT_EQ(value_of(evidence, "ptx"), "sm_110a");
  EXPECT_TRUE(value_of(evidence, "cvt.rn.f16x2.e2m1x2").starts_with("moe_down_8 "));
  EXPECT_NE(value_of(evidence, "cvt.rn.satfinite.e4m3x2.f32").find("moe_quantize_hidden "),
            std::string::npos);
}

TEST(CudaTarget, TheEnvironmentStaysAsItWas) {
  setenv("ASSAY_EMULATE_SM", "100a", 1);
  unsetenv("ASSAY_EMULATE_FINDINGS");
  ASSERT_TRUE(make(kSpec));
  EXPECT_STREQ(std::getenv("ASSAY_EMULATE_SM"), "100a");
  EXPECT_EQ(std::getenv("ASSAY_EMULATE_FINDINGS"), nullptr);
  unsetenv("ASSAY_EMULATE_SM");
  ASSERT_TRUE(make(kSpec));
  EXPECT_EQ(std::getenv("ASSAY_EMULATE_SM"), nullptr);
}

TEST(CudaTarget, AProcessEmulatesOneDevice) {
  const auto first = make(kSpec);
  ASSERT_TRUE(first);
  const auto second = make("cuda:emulated:sm_100a");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::target_unavailable);
  EXPECT_NE(second.error().message.find("a process emulates one device"), std::string::npos);
  EXPECT_TRUE(make(kSpec));
}

TEST(CudaTarget, ADriverThatCannotBeLoadedIsUnavailable) {
  setenv("ASSAY_CUDA_DRIVER", "/no/such/driver.so", 1);
  for (const std::string spec : {"cuda", kSpec}) {
    const auto target = make(spec);
    ASSERT_FALSE(target);
    EXPECT_EQ(target.error().code, ErrorCode::target_unavailable);
    EXPECT_NE(target.error().message.find("/no/such/driver.so"), std::string::npos);
  }
  unsetenv("ASSAY_CUDA_DRIVER");
}

}  // namespace
}  // namespace assay
