// SPDX-License-Identifier: Apache-2.0
// Each precondition of docs/numerics.md, section 8: the error names tensor, index and rule.
#include <cmath>
#include <functional>
#include <limits>
#include <ostream>

#include <gtest/gtest.h>

#include "reference/moe/test_layer.hpp"

namespace assay {
namespace {

struct BadInput {
  const char* name;
  std::function<void(OwnedLayer&)> spoil;
  const char* message;
};

void PrintTo(const BadInput& input, std::ostream* stream) {
  *stream << input.name;
}

class Validate : public testing::TestWithParam<BadInput> {};

TEST_P(Validate, NamesTensorIndexAndRule) {
  OwnedLayer layer({1, 2, 32, 16, 4, 2}, 1, true, true);
  ASSERT_TRUE(validate(layer.view()));
  GetParam().spoil(layer);
  const Status status = validate(layer.view());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::invalid_vectors);
  EXPECT_EQ(status.error().message, GetParam().message);
}

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

INSTANTIATE_TEST_SUITE_P(
    BadInputs, Validate,
    testing::Values(
        BadInput{"ExpertIdTooLarge", [](OwnedLayer& l) { l.expert_ids[3] = 4; },
                 "selected_experts_for_tokens[3] = 4: expert ids lie in [0, 4)"},
        BadInput{"ExpertIdNegative", [](OwnedLayer& l) { l.expert_ids[0] = -1; },
                 "selected_experts_for_tokens[0] = -1: expert ids lie in [0, 4)"},
        BadInput{"NaNScale", [](OwnedLayer& l) { l.gate.dbl_q_scale[2] = kNaN; },
                 "fc_gate_weights_dbl_q_scale[2] = nan: a scale must be finite and greater than 0"},
        BadInput{"ZeroScale", [](OwnedLayer& l) { l.down_activation_scale[1] = 0; },
                 "fc_down_activation_scale[1] = 0: a scale must be finite and greater than 0"},
        BadInput{"NegativeScale", [](OwnedLayer& l) { l.hidden_states_scale = -1; },
                 "hidden_states_scale[0] = -1: a scale must be finite and greater than 0"},
        BadInput{"InfiniteScale", [](OwnedLayer& l) { l.up.dbl_q_scale[0] = INFINITY; },
                 "fc_up_weights_dbl_q_scale[0] = inf: a scale must be finite and greater than 0"},
        BadInput{"NaNBlockScale", [](OwnedLayer& l) { l.down.block_scales[5] = 0x7F; },
                 "fc_down_weights_scale[5] = 0x7f: NaN; a block scale is an E4M3 code from 0x00 to "
                 "0x7e"},
        BadInput{
            "NegativeBlockScale", [](OwnedLayer& l) { l.up.block_scales[7] = 0x81; },
            "fc_up_weights_scale[7] = 0x81: negative; a block scale is an E4M3 code from 0x00 to "
            "0x7e"},
        BadInput{"NegativeZeroBlockScale", [](OwnedLayer& l) { l.gate.block_scales.back() = 0x80; },
                 "fc_gate_weights_scale[127] = 0x80: negative; a block scale is an E4M3 code from "
                 "0x00 to 0x7e"},
        BadInput{"NegativeNaNBlockScale", [](OwnedLayer& l) { l.gate.block_scales[0] = 0xFF; },
                 "fc_gate_weights_scale[0] = 0xff: NaN; a block scale is an E4M3 code from 0x00 to "
                 "0x7e"},
        BadInput{"ZeroScaleOfGivenCodes",
                 [](OwnedLayer& l) {
                   l.hidden_states_codes.assign(64, 0x38);
                   l.hidden_states.clear();
                   l.hidden_states_scale = 0;
                 },
                 "hidden_states_scale[0] = 0: a scale must be finite and greater than 0"},
        BadInput{"HiddenSizeNoMultipleOf16", [](OwnedLayer& l) { l.shape.hidden_size = 24; },
                 "hidden_size = 24: must be a multiple of 16, the NVFP4 block size"},
        BadInput{"AShapeThatOverflows",
                 [](OwnedLayer& l) { l.shape.batch = std::int64_t{1} << 62; },
                 "hidden_states: [4611686018427387904, 2, 32] is too large"},
        BadInput{"HiddenStatesTwice", [](OwnedLayer& l) { l.hidden_states_codes.resize(64); },
                 "hidden_states: given both as values and as codes"},
        BadInput{"NoHiddenSize", [](OwnedLayer& l) { l.shape.hidden_size = 0; },
                 "hidden_size = 0: must be at least 1"},
        BadInput{"NoBatch", [](OwnedLayer& l) { l.shape.batch = 0; },
                 "batch = 0: must be at least 1"},
        BadInput{"NoExperts", [](OwnedLayer& l) { l.shape.num_experts = 0; },
                 "num_experts = 0: must be at least 1"},
        BadInput{"NoSlots", [](OwnedLayer& l) { l.shape.top_k = 0; },
                 "top_k = 0: must be at least 1"},
        BadInput{"NoTokens", [](OwnedLayer& l) { l.shape.sequence_length = 0; },
                 "sequence_length = 0: must be at least 1"},
        BadInput{"TooLongDots",
                 [](OwnedLayer& l) { l.shape.intermediate_size = kMaxDotLength + 16; },
                 "intermediate_size = 8388624: dots are exact up to a length of 8388608"},
        BadInput{"TwoOfThreeBiases", [](OwnedLayer& l) { l.up.bias.clear(); },
                 "fc_up_bias: missing; the three biases come together or not at all"},
        BadInput{"NoDownBias", [](OwnedLayer& l) { l.down.bias.clear(); },
                 "fc_down_bias: missing; the three biases come together or not at all"},
        BadInput{"NoGateBias", [](OwnedLayer& l) { l.gate.bias.clear(); },
                 "fc_gate_bias: missing; the three biases come together or not at all"},
        BadInput{"ShortBias", [](OwnedLayer& l) { l.down.bias.pop_back(); },
                 "fc_down_bias: has 127 elements, its shape needs 128"},
        BadInput{"ShortBlockScales", [](OwnedLayer& l) { l.down.block_scales.pop_back(); },
                 "fc_down_weights_scale: has 127 elements, its shape needs 128"},
        BadInput{"LongWeightScales", [](OwnedLayer& l) { l.up.dbl_q_scale.push_back(1); },
                 "fc_up_weights_dbl_q_scale: has 5 elements, its shape needs 4"},
        BadInput{"ShortHiddenStates", [](OwnedLayer& l) { l.hidden_states.pop_back(); },
                 "hidden_states: has 63 elements, its shape needs 64"},
        BadInput{"ShortHiddenStatesAsCodes",
                 [](OwnedLayer& l) {
                   l.hidden_states_codes.assign(63, 0x38);
                   l.hidden_states.clear();
                 },
                 "hidden_states: has 63 elements, its shape needs 64"},
        BadInput{"ShortExpertIds", [](OwnedLayer& l) { l.expert_ids.pop_back(); },
                 "selected_experts_for_tokens: has 3 elements, its shape needs 4"},
        BadInput{"NoActivationScale", [](OwnedLayer& l) { l.down_activation_scale.clear(); },
                 "fc_down_activation_scale: has 0 elements, its shape needs 4"},
        BadInput{"WrongSize", [](OwnedLayer& l) { l.gate.codes.pop_back(); },
                 "fc_gate_weights: has 1023 elements, its shape needs 1024"},
        BadInput{"MissingScores", [](OwnedLayer& l) { l.scores.clear(); },
                 "scores_for_selected_experts: has 0 elements, its shape needs 4"},
        BadInput{"ThreeActivationScalesForFourExperts",
                 [](OwnedLayer& l) { l.down_activation_scale.pop_back(); },
                 "fc_down_activation_scale: has 3 elements, its shape needs 4"}),
    [](const auto& kind) { return kind.param.name; });

TEST(ValidateLegal, BothEndsOfBlockScalesSubnormalScalesAndDuplicateIdsAreLegal) {
  OwnedLayer layer({1, 1, 16, 16, 2, 2}, 1);
  layer.expert_ids = {1, 1};
  layer.gate.block_scales[0] = 0x00;
  layer.gate.block_scales[1] = 0x7E;
  layer.hidden_states_scale = std::numeric_limits<float>::denorm_min();
  EXPECT_TRUE(validate(layer.view()));
}

TEST(ValidateLegal, TheLongestDotIsLegal) {
  EXPECT_TRUE(validate(MoeShape{1, 1, kMaxDotLength, kMaxDotLength, 1, 1}));
}

}  // namespace
}  // namespace assay
