// SPDX-License-Identifier: Apache-2.0
// Verdicts. Oracle: docs/numerics.md sections 6 and 7 (order of stages, what equal means) and the
// rules in judge.hpp; each test breaks one thing in an otherwise right result.
#include "conformance/judge/judge.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "conformance/suite/small_case.hpp"

namespace assay {
namespace {

using Index = std::vector<std::int64_t>;

// Written out instead of taken from the code under test.
const std::vector<std::string> kDataflow{
    "stage.hidden_q", "stage.gate_dot", "stage.up_dot",   "stage.gate", "stage.up", "stage.act",
    "stage.mul",      "stage.mul_q",    "stage.down_dot", "stage.down", "output"};

void flip_bit(Tensor& tensor, std::size_t element) {
  const auto bytes = tensor.as<std::byte>();
  bytes[element * static_cast<std::size_t>(dtype_bytes(tensor.dtype()))] ^= std::byte{1};
}

class Judge : public testing::Test {
 protected:
  CaseVerdict verdict() const { return judge(test_case, completed(actual)); }

  CaseFile test_case = small_case();
  Tensors actual = copy_of(test_case.expected());
};

TEST_F(Judge, TheExpectedBitsPass) {
  const CaseVerdict result = verdict();
  EXPECT_EQ(result.status, CaseStatus::pass) << result.reason;
  EXPECT_EQ(result.id, kSmallCaseId);
  EXPECT_EQ(result.notes, "a small case");
  EXPECT_EQ(result.first_divergence(), nullptr);
  std::vector<std::string> names;
  for (const TensorComparison& comparison : result.tensors)
    names.push_back(comparison.tensor);
  EXPECT_EQ(names, kDataflow);
}

TEST_F(Judge, OneFlippedBitIsFoundAtItsStageAndIndex) {
  for (const std::string& name : kDataflow) {
    Tensors flipped = actual;
    const Index shape = flipped[name].shape();
    flip_bit(flipped[name], static_cast<std::size_t>(flipped[name].view().elements()) - 2);
    const CaseVerdict result = judge(test_case, completed(flipped));
    EXPECT_EQ(result.status, CaseStatus::fail) << name;
    ASSERT_NE(result.first_divergence(), nullptr) << name;
    EXPECT_EQ(result.first_divergence()->tensor, name);
    EXPECT_EQ(result.first_divergence()->differing, 1);
    Index last = shape;
    for (std::int64_t& extent : last)
      --extent;
    --last.back();
    EXPECT_EQ(result.first_divergence()->first->index, last) << name;
    EXPECT_NE(result.reason.find(name), std::string::npos) << result.reason;
  }
}

TEST_F(Judge, TheFirstDivergenceIsTheEarliestStageOfTheDataflow) {
  for (std::size_t first = 0; first + 1 < kDataflow.size(); ++first) {
    Tensors flipped = actual;
    for (std::size_t i = first; i < kDataflow.size(); ++i)
      flip_bit(flipped[kDataflow[i]], i);
    EXPECT_EQ(judge(test_case, completed(flipped)).first_divergence()->tensor, kDataflow[first]);
  }
}

TEST_F(Judge, StagesAreOptional) {
  std::erase_if(actual, [](const auto& tensor) { return tensor.first != "output"; });
  EXPECT_EQ(verdict().status, CaseStatus::pass);
  flip_bit(actual["output"], 0);
  EXPECT_EQ(verdict().first_divergence()->tensor, "output");
}

TEST_F(Judge, AResultWithoutOutputIsMissing) {
  actual.erase("output");
  EXPECT_EQ(verdict().status, CaseStatus::missing);
  EXPECT_EQ(judge(test_case, completed({})).status, CaseStatus::missing);
}

TEST_F(Judge, ADifferingStageFailsEvenWithoutOutput) {
  actual.erase("output");
  flip_bit(actual["stage.mul"], 0);
  EXPECT_EQ(verdict().status, CaseStatus::fail);
}

TEST_F(Judge, AWrongShapeFailsAndNamesBothShapes) {
  actual["output"] = Tensor(Dtype::f32, {2, 32});
  const CaseVerdict result = verdict();
  EXPECT_EQ(result.status, CaseStatus::fail);
  EXPECT_EQ(result.reason, "output: is F32 [2, 32], expected F32 [1, 2, 32]");
}

TEST_F(Judge, AWrongDtypeFailsAndNamesBothDtypes) {
  actual["stage.mul_q"] = Tensor(Dtype::u8, actual["stage.mul_q"].shape());
  const CaseVerdict result = verdict();
  EXPECT_EQ(result.status, CaseStatus::fail);
  EXPECT_EQ(result.reason, "stage.mul_q: is U8 [1, 2, 2, 16], expected F8_E4M3 [1, 2, 2, 16]");
}

TEST_F(Judge, AnUnknownTensorFails) {
  for (const std::string name : {"stage.softmax", "extra", "hidden_states"}) {
    Tensors more = actual;
    more[name] = Tensor(Dtype::f32, {1});
    const CaseVerdict result = judge(test_case, completed(more));
    EXPECT_EQ(result.status, CaseStatus::fail) << name;
    EXPECT_EQ(result.reason, name + ": no such tensor among the case's results");
  }
}

TEST_F(Judge, AStageThatOnlyTheCaseAndTheTargetKnowIsNotPassedUnseen) {
  Tensors tensors = copy_of(test_case.file.tensors());
  tensors["stage.other"] = Tensor(Dtype::f32, {1});
  const TemporaryFolder folder = test_folder();
  const auto path = folder.path() / "case.safetensors";
  ASSERT_TRUE(write_case(path, test_case.description, views_of(tensors)));
  test_case = *read_case(path);
  actual["stage.other"] = Tensor(Dtype::f32, {1});
  EXPECT_EQ(verdict().status, CaseStatus::fail);
}

TEST_F(Judge, OutcomesBecomeStatuses) {
  const std::vector<std::pair<TargetOutcome, CaseStatus>> table{
      {TargetOutcome::unsupported, CaseStatus::unsupported},
      {TargetOutcome::rejected, CaseStatus::rejected},
      {TargetOutcome::crashed, CaseStatus::crash},
      {TargetOutcome::timed_out, CaseStatus::timeout},
      {TargetOutcome::missing, CaseStatus::missing},
      {TargetOutcome::garbage, CaseStatus::fail}};
  for (const auto& [outcome, status] : table) {
    const CaseVerdict result = judge(test_case, {outcome, "why", {}, {}});
    EXPECT_EQ(result.status, status);
    EXPECT_EQ(result.reason, "why");
    EXPECT_TRUE(result.tensors.empty());
    EXPECT_EQ(is_failure(status), status != CaseStatus::unsupported);
  }
}

// A case whose hidden states are zero but for `nonzero` elements of the first token.
CaseFile mostly_zero_case(std::size_t nonzero, const std::string& degenerate = "") {
  return small_case([&](CaseDescription& description, Tensors& inputs) {
    const auto hidden = inputs["hidden_states"].as<float>();
    std::fill(hidden.begin() + static_cast<std::ptrdiff_t>(nonzero), hidden.end(), 0.0F);
    description.degenerate = degenerate;
  });
}

CaseVerdict verdict_on_expected(const CaseFile& test_case) {
  return judge(test_case, completed(copy_of(test_case.expected())));
}

TEST(JudgeWeak, AnAllZeroOutputIsWeak) {
  const CaseVerdict result = verdict_on_expected(mostly_zero_case(0));
  EXPECT_EQ(result.status, CaseStatus::weak);
  EXPECT_EQ(result.reason, "64 of 64 elements of the expected output are zero or NaN");
}

TEST(JudgeWeak, HalfAZeroOutputIsNotWeak) {
  EXPECT_EQ(verdict_on_expected(mostly_zero_case(32)).status, CaseStatus::pass);
}

TEST(JudgeWeak, ADeclaredAimIsNotWeak) {
  EXPECT_EQ(verdict_on_expected(mostly_zero_case(0, "zero on purpose")).status, CaseStatus::pass);
}

TEST(JudgeWeak, ADifferenceInAWeakCaseStillFails) {
  const CaseFile test_case = mostly_zero_case(0);
  Tensors actual = copy_of(test_case.expected());
  actual["output"].as<std::uint32_t>()[5] = 0x8000'0000U;
  EXPECT_EQ(judge(test_case, completed(actual)).status, CaseStatus::fail);
}

TEST(JudgeWeak, SaturatedMulQIsWeak) {
  const CaseVerdict result = verdict_on_expected(small_case([](CaseDescription&, Tensors& inputs) {
    inputs["fc_down_activation_scale"].as<float>()[0] = 1e-30F;
  }));
  EXPECT_EQ(result.status, CaseStatus::weak);
  EXPECT_NE(result.reason.find("stage.mul_q are zero or saturated"), std::string::npos);
}

// A case with the given expected output, whatever the inputs would give.
CaseFile case_with_output(const std::function<void(std::span<std::uint32_t>)>& fill) {
  const CaseFile source = small_case();
  Tensors tensors = copy_of(source.file.tensors());
  fill(tensors["output"].as<std::uint32_t>());
  const TemporaryFolder folder = test_folder();
  const auto path = folder.path() / "case.safetensors";
  EXPECT_TRUE(write_case(path, source.description, views_of(tensors)));
  return *read_case(path);
}

TEST(JudgeWeak, TheThresholdIsNinetyPercent) {
  for (const std::size_t plain : {6U, 7U}) {  // of 64: 90.6 % and 89.1 % are zero or NaN
    const CaseFile test_case = case_with_output([&](std::span<std::uint32_t> output) {
      for (std::size_t i = 0; i < output.size(); ++i) {
        output[i] = i < plain ? 0x3F80'0000U : i % 2 == 0 ? 0x8000'0000U : 0x7FC0'0000U;
      }
    });
    const CaseStatus expected = plain == 6 ? CaseStatus::weak : CaseStatus::pass;
    EXPECT_EQ(verdict_on_expected(test_case).status, expected) << plain;
  }
}

}  // namespace
}  // namespace assay
