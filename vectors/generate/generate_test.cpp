// SPDX-License-Identifier: Apache-2.0
// Oracles: the result that TensorRT's MoE sample expects (57344), determinism, and the definitions
// of scales and classes in docs/vectors.md and docs/numerics.md section 9.
#include "vectors/generate/generate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include "vectors/generate/activation_scale.hpp"
#include "vectors/generate/test_recipe.hpp"
#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

const char* const kLattice = R"({
    "weights": {"distribution": "lattice", "scale": 0.0625},
    "hidden_states": {"distribution": "lattice", "scale": 0.5}, "hidden_states_scale": 0.5,
    "fc_down_activation_scale": {"shape": "scalar", "value": 8}, "class": "A"})";

bool equal_bytes(const Tensors& a, const Tensors& b) {
  return std::ranges::equal(a, b, [](const auto& left, const auto& right) {
    return left.first == right.first && left.second.shape() == right.second.shape() &&
           std::ranges::equal(left.second.view().bytes, right.second.view().bytes);
  });
}

TEST(Generate, GivesTheResultOfTensorRtsSample) {
  const auto suite = load_suite("tensorrt_sample");
  ASSERT_TRUE(suite) << error_of(suite);
  for (const CaseRecipe& recipe : suite->cases) {
    const auto generated = generate_case(recipe, "");
    ASSERT_TRUE(generated) << error_of(generated);
    for (const float value : generated->tensors.at("output").as<float>())
      ASSERT_EQ(value, 57344.0f) << recipe.id;
    EXPECT_EQ(generated->description.bit_class, "A");
  }
}

TEST(Generate, GivesTheSameBytesOnOneThreadAndOnTwo) {
  for (const char* weights : {"normal", "ties", "codes", "zero_blocks"}) {
    const std::string changes = fmt::format(
        R"({{"num_experts": 9, "weights": {{"distribution": "{}", "scale": null}}, "biases": true,
             "fc_down_activation_scale": {{"shape": "per_expert", "value": "amax"}}}})",
        weights);
    Tensors results[2];
    for (const std::size_t threads : {1u, 2u}) {
      const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
      results[threads - 1] = test_case(changes).tensors;
    }
    EXPECT_TRUE(equal_bytes(results[0], results[1])) << weights;
  }
}

TEST(Generate, DrawsTheSameInputsForEveryProfile) {
  const Tensors exact = test_case().tensors;
  const Tensors ordered = test_case(R"({"profile": "tensorrt_block_fma"})").tensors;
  for (const char* name : {"hidden_states", "fc_up_weights", "selected_experts_for_tokens"})
    EXPECT_TRUE(std::ranges::equal(exact.at(name).view().bytes, ordered.at(name).view().bytes));
}

TEST(Generate, DescribesTheCase) {
  const GeneratedCase generated = test_case(R"({"degenerate": "why", "repeat": 2})");
  EXPECT_EQ(generated.description.id, "suite/group/case#1");
  EXPECT_EQ(generated.description.op, "moe");
  EXPECT_EQ(generated.description.seed, 7u);
  EXPECT_EQ(generated.description.notes, "a test");
  EXPECT_EQ(generated.description.degenerate, "why");
  EXPECT_EQ(generated.description.profile.name, "tensorrt_exact");
}

TEST(Generate, HoldsEveryTensorOfThePage) {
  const Tensors plain = test_case().tensors;
  EXPECT_EQ(plain.size(), 5u + 9u + 10u + 1u);
  EXPECT_EQ(plain.at("fc_down_activation_scale").shape(), std::vector<std::int64_t>{});
  const Tensors full = test_case(R"({"biases": true, "hidden_states": {"as_codes": true},
      "fc_down_activation_scale": {"shape": "per_expert", "value": "amax"}})")
                           .tensors;
  EXPECT_EQ(full.size(), plain.size() + 3);
  EXPECT_EQ(full.at("fc_down_activation_scale").shape(), std::vector<std::int64_t>{4});
  EXPECT_EQ(full.at("hidden_states").dtype(), Dtype::f8_e4m3);
  EXPECT_EQ(full.at("fc_down_bias").shape(), (std::vector<std::int64_t>{4, 32}));
}

TEST(Generate, CertifiesTheLatticeAndSaysWhatItCannotCertify) {
  EXPECT_EQ(test_case(kLattice).description.bit_class, "A");
  const std::string codes = R"({"weights": {"distribution": "codes", "scale": null}})";
  EXPECT_EQ(test_case(codes).description.bit_class, "B");
  CaseRecipe demanding = test_recipe(codes);
  std::get<MoeRecipe>(demanding.inputs).required_class = "A";
  EXPECT_EQ(error_of(generate_case(demanding, "")),
            "invalid: suite/group/case#1: class A is demanded, but a dot's terms exceed 2^24 units "
            "(docs/numerics.md, 9)");
}

TEST(Generate, CertifiedCasesAgreeUnderBothContracts) {
  nlohmann::json patch = nlohmann::json::parse(kLattice);
  patch["profile"] = "tensorrt_block_fma";
  EXPECT_TRUE(equal_bytes(test_case(kLattice).tensors, test_case(patch.dump()).tensors));
}

TEST(Generate, ScalesHiddenStatesByTheirAmax) {
  const Tensors tensors = test_case(R"({"hidden_states": {"scale": 3}})").tensors;
  float amax = 0;
  for (const float value : tensors.at("hidden_states").as<float>())
    amax = std::max(amax, std::fabs(value));
  EXPECT_EQ(tensors.at("hidden_states_scale").as<float>()[0], amax / 448.0f);
}

TEST(Generate, ScalesDownActivationsByTheAmaxOfTheirExpertsMul) {
  const Tensors tensors = test_case(R"({"num_experts": 64, "fc_down_activation_scale":
      {"shape": "per_expert", "value": "amax"}})")
                              .tensors;
  const auto experts = tensors.at("selected_experts_for_tokens").as<std::int32_t>();
  const auto mul = tensors.at("stage.mul").as<float>();
  std::vector<float> amax(64, 0);
  for (std::size_t i = 0; i < mul.size(); ++i) {
    float& of_expert = amax[static_cast<std::size_t>(experts[i / 48])];
    of_expert = std::max(of_expert, std::fabs(mul[i]));
  }
  for (std::size_t e = 0; e < 64; ++e)
    EXPECT_EQ(tensors.at("fc_down_activation_scale").as<float>()[e],
              amax[e] == 0 ? 1.0f : amax[e] / 448.0f);
}

TEST(Generate, ScalesDownActivationsByOneAmaxForAll) {
  const Tensors tensors = test_case().tensors;
  const auto mul = tensors.at("stage.mul").as<float>();
  const float amax = std::max(std::ranges::max(mul), -std::ranges::min(mul));
  EXPECT_EQ(tensors.at("fc_down_activation_scale").as<float>()[0], amax / 448.0f);
}

TEST(Generate, KeepsBothNaNCodes) {
  const Tensors tensors = test_case(R"({"sequence_length": 9, "hidden_size": 128,
      "hidden_states": {"distribution": "special", "as_codes": true},
      "hidden_states_scale": 1})")
                              .tensors;
  const auto codes = tensors.at("hidden_states").as<std::uint8_t>();
  EXPECT_GT(std::ranges::count(codes, 0x7F), 0);
  EXPECT_GT(std::ranges::count(codes, 0xFF), 0);
}

TEST(ActivationScale, IgnoresWhatIsNotFinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(finite_amax(std::vector{1.0f, -3.0f, kInfinity, -kInfinity, NAN}), 3.0f);
  EXPECT_EQ(finite_amax(std::vector{NAN, kInfinity}), 0.0f);
}

TEST(ActivationScale, IsOneWhereTheQuotientIsZero) {
  EXPECT_EQ(activation_scale_from_amax(448), 1.0f);
  EXPECT_EQ(activation_scale_from_amax(0), 1.0f);
  EXPECT_EQ(activation_scale_from_amax(0x1p-149f), 1.0f);
  EXPECT_EQ(activation_scale_from_amax(0x1p-140f), 0x1p-149f);  // 512 / 448 of it, to nearest
}

}  // namespace
}  // namespace assay
