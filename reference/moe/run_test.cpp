// SPDX-License-Identifier: Apache-2.0
// Oracles: layer_oracle.hpp (MPFR and __int128), TensorRT's documented sample.
#include "reference/moe/run.hpp"

#include <bit>
#include <map>
#include <mutex>
#include <ostream>

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include "reference/moe/layer_oracle.hpp"
#include "reference/moe/routing.hpp"
#include "reference/moe/test_layer.hpp"

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
  OwnedLayer layer({1, 4, 32, 32, 8, 4}, 1);
  std::ranges::fill(layer.hidden_states, 1.0f);
  layer.hidden_states_scale = 1.0f;
  std::ranges::fill(layer.scores, 1.0f);
  layer.down_activation_scale = {1.0f};
  for (OwnedProjection* projection : {&layer.gate, &layer.up, &layer.down}) {
    std::ranges::fill(projection->codes, std::uint8_t{0x22});
    std::ranges::fill(projection->block_scales, std::uint8_t{0x38});
    std::ranges::fill(projection->dbl_q_scale, 1.0f);
  }
  for (const Accumulation accumulation : {Accumulation::exact, Accumulation::block_fma})
    for (const std::uint32_t bits : run_bits(layer.view(), accumulation))
      ASSERT_EQ(std::bit_cast<float>(bits), 57344.0f);
}

// Stages by (stage, row), as bit patterns.
class Recorder : public MoeStageSink {
 public:
  void values(MoeStage stage, std::int64_t row, std::span<const float> values) override {
    const std::scoped_lock lock(mutex_);
    auto& dst = rows_[{stage, row}];
    for (float value : values)
      dst.push_back(std::bit_cast<std::uint32_t>(value));
  }
  void codes(MoeStage stage, std::int64_t row, std::span<const std::uint8_t> codes) override {
    const std::scoped_lock lock(mutex_);
    rows_[{stage, row}].assign(codes.begin(), codes.end());
  }
  const std::vector<std::uint32_t>& at(MoeStage stage, std::int64_t row) {
    return rows_[{stage, row}];
  }
  std::size_t count() const { return rows_.size(); }

 private:
  std::mutex mutex_;
  std::map<std::pair<MoeStage, std::int64_t>, std::vector<std::uint32_t>> rows_;
};

TEST(MoeRun, ASinkSeesEachRowOfEachStageOnceAndChangesNoBit) {
  const OwnedLayer layer({2, 3, 32, 48, 4, 2}, 3);
  Recorder recorder;
  const auto observed = run_bits(layer.view(), Accumulation::exact, &recorder);
  EXPECT_EQ(observed, run_bits(layer.view(), Accumulation::exact));
  EXPECT_EQ(recorder.count(), 6u + 9u * 12u);
  for (const MoeStageInfo& info : std::span(kMoeStages).first(kMoeStages.size() - 1))
    EXPECT_EQ(recorder.at(info.stage, 1).size(), info.is_hidden ? 32u : 48u) << info.name;
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

TEST(MoeRun, ANaNCodeMakesItsTokenNaNAndNoOther) {
  OwnedLayer layer({1, 2, 16, 16, 2, 1}, 13);
  layer.hidden_states[3] = std::nanf("0x123");
  const auto bits = run_bits(layer.view(), Accumulation::exact);
  for (std::size_t i = 0; i < bits.size(); ++i)
    EXPECT_EQ(bits[i] == 0x7FC00000u, i < 16) << i;
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

TEST(MoeRun, AnOutputOfTheWrongSizeIsAnError) {
  const OwnedLayer layer({1, 1, 16, 16, 1, 1}, 1);
  std::vector<float> output(15);
  const Status status = run_moe(layer.view(), Accumulation::exact, output);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "output: has 15 elements, the layer writes 16");
}

}  // namespace
}  // namespace assay
