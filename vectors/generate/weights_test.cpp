// SPDX-License-Identifier: Apache-2.0
// Oracles: quantize_nvfp4_modelopt applied to the drawn values, exact integer sums, and for sealed
// files the errors that docs/vectors.md promises.
#include "vectors/generate/weights.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

#include "reference/quantize/nvfp4.hpp"
#include "vectors/generate/test_recipe.hpp"
#include "vectors/generate/values.hpp"
#include "vectors/io/safetensors.hpp"
#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

Tensors weights_of(const std::string& changes) {
  Tensors tensors;
  const CaseRecipe recipe = test_recipe(changes);
  const Status status =
      add_weights(std::get<MoeRecipe>(recipe.inputs), recipe.seed, "no-data", tensors);
  EXPECT_TRUE(status) << error_of(status);
  return tensors;
}

TEST(Weights, AreTheDrawnValuesQuantizedExpertByExpert) {
  const Tensors tensors = weights_of("{}");  // 4 experts, hidden 32, intermediate 48
  for (const std::size_t expert : {0u, 3u}) {
    std::vector<float> values(48 * 32);
    draw_normal(RandomStream(7, "fc_down_weights/" + std::to_string(expert)), 0.25f, values);
    std::vector<std::uint8_t> codes(48 * 32 / 2), scales(48 * 32 / 16);
    float decode = 0;
    ASSERT_TRUE(quantize_nvfp4_modelopt("w", values, 48, {codes, scales, &decode}));
    const auto part = [&](const std::string& suffix, std::size_t size) {
      return tensors.at("fc_down_weights" + suffix).as<std::uint8_t>().subspan(expert * size, size);
    };
    EXPECT_TRUE(std::ranges::equal(part("", codes.size()), codes));
    EXPECT_TRUE(std::ranges::equal(part("_scale", scales.size()), scales));
    EXPECT_EQ(tensors.at("fc_down_weights_dbl_q_scale").as<float>()[expert], decode);
  }
}

TEST(Weights, ZeroBlocksGiveScale1AndTheSmallestScale) {
  const Tensors tensors =
      weights_of(R"({"hidden_size": 256, "weights": {"distribution": "zero_blocks"}})");
  const auto scales = tensors.at("fc_gate_weights_scale").as<std::uint8_t>();
  const auto codes = tensors.at("fc_gate_weights").as<std::uint8_t>();
  int zero_blocks = 0, clamped = 0, negative_zeros = 0;
  for (std::size_t block = 0; block < scales.size(); ++block) {
    const auto bytes = codes.subspan(block * 8, 8);
    const bool is_zero = std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
    zero_blocks += scales[block] == 0x38 && is_zero ? 1 : 0;
    clamped += scales[block] == 0x01 ? 1 : 0;
    negative_zeros += static_cast<int>(
        std::ranges::count_if(bytes, [](std::uint8_t byte) { return (byte & 0xF) == 0x8; }));
  }
  EXPECT_GT(zero_blocks, 100);  // 768 blocks, a quarter of each kind
  EXPECT_GT(clamped, 50);
  EXPECT_GT(negative_zeros, 100);
}

TEST(Weights, CodesUseEveryNibbleAndTheRareBlockScales) {
  const Tensors tensors = weights_of(
      R"({"hidden_size": 256, "weights": {"distribution": "codes", "tensor_scale_decode": 0.5,
          "scale": null}})");
  std::set<int> nibbles;
  std::map<int, int> scales;
  for (const std::uint8_t byte : tensors.at("fc_up_weights").as<std::uint8_t>())
    nibbles.insert({byte & 0xF, byte >> 4});
  for (const std::uint8_t scale : tensors.at("fc_up_weights_scale").as<std::uint8_t>())
    ++scales[scale];
  EXPECT_EQ(nibbles.size(), 16u);
  for (const int scale : {0x00, 0x01, 0x07, 0x08, 0x38, 0x7E})
    EXPECT_GT(scales[scale], 60) << scale;  // an eighth of 768
  EXPECT_LE(scales.rbegin()->first, 0x7E);
  EXPECT_GT(scales.size(), 60u);
  std::set<float> decodes;
  for (const float decode : tensors.at("fc_up_weights_dbl_q_scale").as<float>()) {
    EXPECT_TRUE(decode >= 0.5f && decode <= 1.0f) << decode;
    decodes.insert(decode);
  }
  EXPECT_EQ(decodes.size(), 4u);
}

TEST(Weights, ConstantCodesAreWhatTheRecipeSays) {
  const Tensors tensors = weights_of(
      R"({"weights": {"distribution": "constant_codes", "code": "0xA", "block_scale": "0x39",
          "tensor_scale_decode": 0.75, "scale": null}})");
  const auto all_equal = [&](const std::string& name, std::uint8_t byte) {
    return std::ranges::all_of(tensors.at(name).as<std::uint8_t>(),
                               [&](std::uint8_t each) { return each == byte; });
  };
  EXPECT_TRUE(all_equal("fc_gate_weights", 0xAA));
  EXPECT_TRUE(all_equal("fc_gate_weights_scale", 0x39));
  EXPECT_EQ(tensors.at("fc_down_weights_dbl_q_scale").as<float>()[3], 0.75f);
}

TEST(Weights, BeyondBinary64RoundsDifferentlyInBinary64) {
  for (const std::int64_t width : {std::int64_t{14336}, std::int64_t{16384}}) {
    auto group = test_group(R"({"intermediate_size": 16, "hidden_states_scale": 1, "top_k": 1,
        "weights": {"distribution": "beyond_binary64", "tensor_scale_decode": 1e-10, "scale": null},
        "hidden_states": {"distribution": "beyond_binary64"}})");
    group["hidden_size"] = width;
    const auto generated = generate_case(expand_group(group, "s/g", "t")->at(0), "");
    ASSERT_TRUE(generated);
    const std::int64_t maxima = (width - 32) * 448 * 6 * 448, half_ulp = 1024;
    const float in_binary64 = static_cast<float>(static_cast<double>(maxima + half_ulp) + 0x1p-19);
    const auto dots = generated->tensors.at("stage.gate_dot").as<float>();
    EXPECT_EQ(dots[0], static_cast<float>(maxima + 2 * half_ulp));
    EXPECT_EQ(dots[1], -dots[0]);
    EXPECT_NE(dots[0], in_binary64) << "binary64 holds the sum after all";
  }
}

class RealWeightsTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"gate", "up", "down"}) {
      const bool is_down = name[0] == 'd';
      Tensor& tensor = tensors_[name] =
          Tensor(Dtype::f32, {4, is_down ? 32 : 48, is_down ? 48 : 32});
      std::iota(tensor.as<float>().begin(), tensor.as<float>().end(),
                -1000.0f * static_cast<float>(tensors_.size()));
    }
  }
  std::string write() {
    return *write_safetensors(folder_ / "real.safetensors", views_of(tensors_), {});
  }
  std::string error(const std::string& seal) {
    Tensors made;
    return error_of(add_to(made, seal));
  }
  Status add_to(Tensors& made, const std::string& seal) {
    const CaseRecipe recipe = real_recipe(seal);
    return add_weights(std::get<MoeRecipe>(recipe.inputs), recipe.seed, folder_.path(), made);
  }
  static CaseRecipe real_recipe(const std::string& seal) {
    return test_recipe(R"({"weights": {"distribution": "file", "file": "real.safetensors",
        "scale": null, "sha256": ")" +
                       seal + "\"}}");
  }
  TemporaryFolder folder_ = test_folder();
  Tensors tensors_;
};

TEST_F(RealWeightsTest, QuantizesTheMatricesOfTheFile) {
  const std::string seal = write();
  Tensors made;
  ASSERT_TRUE(add_to(made, seal));
  std::vector<std::uint8_t> codes(48 * 32 / 2), scales(48 * 32 / 16);
  float decode = 0;
  const auto values = tensors_.at("up").as<float>().subspan(2 * 48 * 32, 48 * 32);
  ASSERT_TRUE(quantize_nvfp4_modelopt("w", values, 32, {codes, scales, &decode}));
  const auto third = made.at("fc_up_weights").as<std::uint8_t>().subspan(2 * codes.size());
  EXPECT_TRUE(std::equal(codes.begin(), codes.end(), third.begin()));
  EXPECT_EQ(made.at("fc_up_weights_dbl_q_scale").as<float>()[2], decode);
}

TEST_F(RealWeightsTest, SaysHowToMakeAnAbsentFile) {
  const std::string path = folder_ / "real.safetensors";
  EXPECT_EQ(error(std::string(64, '0')),
            "invalid: " + path +
                ": no such file; the suite's weights are made by `python "
                "scripts/real_minilm.py " +
                path + "`");
}

TEST_F(RealWeightsTest, RefusesAnotherFileThanTheSealedOne) {
  const std::string actual = write(), seal(64, '0');
  EXPECT_EQ(error(seal), "invalid: " + (folder_ / "real.safetensors").string() + ": SHA-256 is " +
                             actual + ", the suite's seal is " + seal);
}

TEST_F(RealWeightsTest, RefusesOtherShapesAndMissingTensors) {
  tensors_["down"] = Tensor(Dtype::f32, {4, 48, 32});
  EXPECT_NE(error(write()).find("tensor down is F32 [4, 48, 32], the suite needs F32 [4, 32, 48]"),
            std::string::npos);
  tensors_.erase("down");
  EXPECT_NE(error(write()).find("tensor down is missing"), std::string::npos);
}

TEST_F(RealWeightsTest, RefusesWeightsThatAreNotFinite) {
  tensors_["gate"].as<float>()[48 * 32 + 5] = INFINITY;
  EXPECT_NE(error(write()).find("fc_gate_weights/1[5]"), std::string::npos);
}

}  // namespace
}  // namespace assay
