// SPDX-License-Identifier: Apache-2.0
// Oracles: layer_oracle.hpp (MPFR and __int128), TensorRT's documented sample.
#include "reference/moe/run.hpp"

#include <bit>
#include <cfenv>
#include <ostream>

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include "reference/moe/layer_oracle.hpp"
#include "reference/moe/routing.hpp"
#include "reference/moe/test_layer.hpp"
#include "reference/moe/test_recorder.hpp"

namespace assay {
namespace {

std::vector<std::uint32_t> run_bits(const MoeInputs& inputs, Accumulation accumulation,
                                    MoeStageSink* sink = nullptr) {
  std::vector<float> output(inputs.shape.tokens() * inputs.shape.hidden_size, -1.0f);
  const Status status = run_moe(inputs, accumulation, output, sink);
  EXPECT_TRUE(status) << status.error().message;
  std::vector<std::uint32_t> bits;
  for (float value : output)
    bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

struct OracleCase {
  const char* name;
  MoeShape shape;
  bool biases, per_expert_scale;
};

void PrintTo(const OracleCase& test, std::ostream* stream) {
  *stream << test.name;
}

class MoeRunOracle : public testing::TestWithParam<OracleCase> {};

TEST_P(MoeRunOracle, EveryOutputEqualsTheScalarLayerUnderBothContracts) {
  const OracleCase& test = GetParam();
  const OwnedLayer layer(test.shape, 11, test.biases, test.per_expert_scale);
  const MoeInputs inputs = layer.view();
  for (const Accumulation accumulation : {Accumulation::exact, Accumulation::block_fma}) {
    const auto actual = run_bits(inputs, accumulation);
    const oracle::Layer expected(inputs, accumulation);
    for (std::int64_t token = 0; token < test.shape.tokens(); ++token)
      for (std::int64_t h = 0; h < test.shape.hidden_size; h += 3)
        ASSERT_EQ(actual[token * test.shape.hidden_size + h],
                  std::bit_cast<std::uint32_t>(expected.output(token, h)))
            << "token " << token << " h " << h;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, MoeRunOracle,
    testing::Values(OracleCase{"Plain", {1, 3, 32, 48, 4, 2}, false, false},
                    OracleCase{"Biases", {2, 2, 48, 16, 3, 2}, true, false},
                    OracleCase{"PerExpertScale", {1, 2, 16, 32, 5, 3}, false, true},
                    OracleCase{"OneExpertManySlots", {1, 2, 16, 16, 1, 4}, true, true},
                    OracleCase{"RowsThatFillNoTile", {1, 1, 80, 112, 2, 1}, true, false}),
    [](const auto& kind) { return kind.param.name; });

// TensorRT documentation, IMoELayer sample: all ones, scales 1: silu(32) * 32 saturates to 448 in
// FP8, and 448 * 32 summed over four slots is 57344.
TEST(MoeRun, TensorRtSampleGives57344) {
  const OwnedLayer layer = all_ones({1, 4, 32, 32, 8, 4});
  for (const Accumulation accumulation : {Accumulation::exact, Accumulation::block_fma})
    for (const std::uint32_t bits : run_bits(layer.view(), accumulation))
      ASSERT_EQ(std::bit_cast<float>(bits), 57344.0f);
}

TEST(MoeRun, ASinkSeesEachRowOfEachStageOnceAndChangesNoBit) {
  const OwnedLayer layer({2, 3, 32, 48, 4, 2}, 3);
  Recorder recorder;
  const auto observed = run_bits(layer.view(), Accumulation::exact, &recorder);
  EXPECT_EQ(observed, run_bits(layer.view(), Accumulation::exact));
  EXPECT_EQ(recorder.count(), 6u + 9u * 12u);
  for (const MoeStageInfo& info : std::span(kMoeStages).first(kMoeStages.size() - 1))
    EXPECT_EQ(recorder.at(info.stage, 1).size(), info.is_hidden ? 32u : 48u) << info.name;
}

TEST(MoeRun, EveryStageOfEverySlotEqualsTheScalarLayer) {
  const OwnedLayer layer({1, 3, 16, 80, 2, 3}, 23, true, true);
  const MoeInputs inputs = layer.view();
  Recorder recorder;
  run_bits(inputs, Accumulation::block_fma, &recorder);
  const oracle::Layer expected(inputs, Accumulation::block_fma);
  for (const MoeStageInfo& info : std::span(kMoeStages).first(kMoeStages.size() - 1))
    for (std::int64_t row = 0; row < (info.is_per_slot ? 9 : 3); ++row) {
      const auto& actual = recorder.at(info.stage, row);
      ASSERT_EQ(actual.size(), info.is_hidden ? 16u : 80u) << info.name << " row " << row;
      for (std::size_t i = 0; i < actual.size(); i += 5) {
        const float value = expected.value(info.stage, row, static_cast<std::int64_t>(i));
        ASSERT_EQ(actual[i], info.is_codes ? static_cast<std::uint32_t>(value)
                                           : std::bit_cast<std::uint32_t>(value))
            << info.name << " row " << row << " element " << i;
      }
    }
}

TEST(MoeRun, BitsDoNotDependOnTheNumberOfThreads) {
  const OwnedLayer layer({1, 40, 64, 160, 6, 3}, 5);
  const auto many = run_bits(layer.view(), Accumulation::block_fma);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  EXPECT_EQ(many, run_bits(layer.view(), Accumulation::block_fma));
}

TEST(MoeRun, ATokenHasTheSameBitsAloneAndInABatch) {
  const OwnedLayer batch({1, 20, 32, 32, 4, 2}, 7);
  const auto together = run_bits(batch.view(), Accumulation::block_fma);
  for (std::int64_t token = 0; token < 20; ++token) {
    MoeInputs alone = batch.view();
    alone.shape.sequence_length = 1;
    alone.hidden_states = alone.hidden_states.subspan(token * 32, 32);
    alone.selected_experts_for_tokens = alone.selected_experts_for_tokens.subspan(token * 2, 2);
    alone.scores_for_selected_experts = alone.scores_for_selected_experts.subspan(token * 2, 2);
    const auto bits = run_bits(alone, Accumulation::block_fma);
    EXPECT_TRUE(std::ranges::equal(bits, std::span(together).subspan(token * 32, 32))) << token;
  }
}

TEST(MoeRun, MoreSlotsThanOneGroupHoldsGiveTheSameBits) {
  const std::int64_t tokens = kMaxGroupSlots + 3;
  OwnedLayer layer({1, tokens, 16, 16, 1, 1}, 9);
  std::copy_n(layer.hidden_states.begin(), 16, layer.hidden_states.end() - 16);
  std::ranges::fill(layer.scores, 1.0f);
  const auto bits = run_bits(layer.view(), Accumulation::exact);
  EXPECT_TRUE(std::equal(bits.begin(), bits.begin() + 16, bits.end() - 16));
}

TEST(MoeRun, ANaNCodeMakesItsTokenNaNAndNoOtherWhateverTheScore) {
  OwnedLayer layer({1, 3, 32, 48, 1, 1}, 13);
  layer.hidden_states[35] = std::nanf("0x123");
  layer.scores[1] = 0;
  const auto bits = run_bits(layer.view(), Accumulation::exact);
  for (std::size_t i = 0; i < bits.size(); ++i)
    EXPECT_EQ(bits[i] == 0x7FC00000u, i / 32 == 1) << i;
}

// s_x * g overflows: a zero dot gives NaN and any other +-Inf. Token 1 has a NaN code of its own.
TEST(MoeRun, StagesStoreEveryNaNAs7FC00000AndGivenNaNCodesAsTheyAre) {
  OwnedLayer layer = all_ones({1, 2, 16, 16, 1, 1});
  layer.hidden_states_codes.assign(32, 0x38);
  layer.hidden_states_codes[17] = 0xFF;
  layer.hidden_states.clear();
  layer.hidden_states_scale = layer.gate.dbl_q_scale[0] = 0x1p100f;
  layer.gate.block_scales[0] = 0x00;
  std::ranges::fill(layer.up.codes, std::uint8_t{0});
  Recorder recorder;
  run_bits(layer.view(), Accumulation::exact, &recorder);
  constexpr std::uint32_t kInf = 0x7F800000, kNaN = 0x7FC00000;
  const Recorder::Row all_nan(16, kNaN);
  Recorder::Row gate(16, kInf);
  gate[0] = kNaN;
  EXPECT_EQ(recorder.at(MoeStage::gate, 0), gate);
  EXPECT_EQ(recorder.at(MoeStage::mul, 0), all_nan);
  EXPECT_EQ(recorder.at(MoeStage::hidden_q, 1)[1], 0xFFu);
  EXPECT_EQ(recorder.at(MoeStage::gate_dot, 1), all_nan);
}

// Gate underflows to -0; a bias of +0 makes it +0.
TEST(MoeRun, ZerosKeepTheirSignsAndTheCombineStartsFromPositiveZero) {
  OwnedLayer layer = all_ones({1, 1, 16, 16, 1, 1});
  std::ranges::fill(layer.gate.codes, std::uint8_t{0xAA});
  std::ranges::fill(layer.gate.block_scales, std::uint8_t{0x01});
  layer.gate.dbl_q_scale = {0x1p-149f};
  layer.scores = {-1.0f};
  Recorder recorder, with_biases;
  const auto output = run_bits(layer.view(), Accumulation::exact, &recorder);
  EXPECT_EQ(recorder.at(MoeStage::gate, 0), Recorder::Row(16, 0x80000000));
  EXPECT_EQ(recorder.at(MoeStage::mul_q, 0), Recorder::Row(16, 0x80));
  EXPECT_EQ(output, Recorder::Row(16, 0));
  layer.gate.bias = layer.up.bias = layer.down.bias = std::vector<float>(16);
  run_bits(layer.view(), Accumulation::exact, &with_biases);
  EXPECT_EQ(with_biases.at(MoeStage::gate, 0), Recorder::Row(16, 0));
}

// Every dot is 16, and silu(x) is x / 2 so near to zero.
TEST(MoeRun, SubnormalsAreNotFlushedInAnyStage) {
  OwnedLayer layer = all_ones({1, 1, 16, 16, 1, 1});
  layer.gate.dbl_q_scale = {0x1p-140f};
  layer.down_activation_scale = {0x1p-133f};
  Recorder recorder;
  const auto output = run_bits(layer.view(), Accumulation::exact, &recorder);
  EXPECT_EQ(std::bit_cast<float>(recorder.at(MoeStage::gate, 0)[15]), 0x1p-136f);
  EXPECT_EQ(std::bit_cast<float>(recorder.at(MoeStage::mul, 0)[15]), 0x1p-133f);
  EXPECT_EQ(std::bit_cast<float>(output[15]), 0x1p-129f);
}

TEST(MoeRun, GivenCodesAreTakenAsTheyAre) {
  OwnedLayer layer({1, 1, 16, 16, 1, 1}, 17);
  layer.hidden_states.clear();
  for (int i = 0; i < 16; ++i)
    layer.hidden_states_codes.push_back(static_cast<std::uint8_t>(i == 0 ? 0x80 : 0x30 + i));
  Recorder recorder;
  run_bits(layer.view(), Accumulation::exact, &recorder);
  EXPECT_TRUE(std::ranges::equal(recorder.at(MoeStage::hidden_q, 0), layer.hidden_states_codes));
}

TEST(MoeRun, InfiniteScoresAndOverflowFollowIeeeArithmetic) {
  OwnedLayer layer({1, 1, 16, 16, 1, 2}, 19);
  layer.scores = {INFINITY, -INFINITY};
  for (const std::uint32_t bits : run_bits(layer.view(), Accumulation::exact))
    EXPECT_EQ(bits, 0x7FC00000u);
}

// Down is 1 + 2^-20. The second product, 2^-24 - 2^-64, is just below half an ulp of the first's
// 1 + 2^-23: in binary64, or rounded before the addition, it becomes that half and then rounds up.
TEST(MoeRun, TheCombineRoundsOnce) {
  OwnedLayer layer = all_ones({1, 1, 16, 16, 1, 2});
  layer.down_activation_scale = {256.0f};
  layer.down.dbl_q_scale = {0x1p-12f * (1 + 0x1p-20f)};
  layer.scores = {1 - 7 * 0x1p-23f, 0x1p-24f * (1 - 0x1p-20f)};
  for (const std::uint32_t bits : run_bits(layer.view(), Accumulation::exact))
    ASSERT_EQ(std::bit_cast<float>(bits), 1 + 0x1p-23f);
}

TEST(MoeRun, AnOutputOfTheWrongSizeIsAnError) {
  const OwnedLayer layer({1, 1, 16, 16, 1, 1}, 1);
  for (const std::size_t size : {15, 17}) {
    std::vector<float> output(size);
    const Status status = run_moe(layer.view(), Accumulation::exact, output);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message,
              fmt::format("output: has {} elements, the layer writes 16", size));
  }
}

TEST(MoeRun, AnotherRoundingDirectionIsAnError) {
  const OwnedLayer layer({1, 1, 16, 16, 1, 1}, 1);
  std::vector<float> output(16);
  std::fesetround(FE_UPWARD);
  const Status status = run_moe(layer.view(), Accumulation::exact, output);
  std::fesetround(FE_TONEAREST);
  EXPECT_FALSE(status);
}

TEST(MoeRun, InvalidInputsAreAnError) {
  OwnedLayer layer({1, 1, 16, 16, 1, 1}, 1);
  layer.hidden_states_scale = 0;
  std::vector<float> output(16);
  EXPECT_FALSE(run_moe(layer.view(), Accumulation::exact, output));
}

}  // namespace
}  // namespace assay
