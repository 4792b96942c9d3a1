// SPDX-License-Identifier: Apache-2.0
// Every NVFP4 recipe on the same few blocks; the answers are worked out by hand from the formulas
// of docs/recipes.md. A block of 2688 first makes the tensor scale 1, so that a block {6, ...} has
// the scale 1 and its elements are their own quotients.
#include <limits>

#include "reference/quantize/recipe_case.hpp"

namespace assay {
namespace {

using Codes = std::vector<std::uint8_t>;

struct Answer {
  const char* recipe;
  std::uint8_t scale;
  Codes codes;
};

void expect_answers(const std::vector<float>& block, const std::vector<Answer>& answers) {
  for (const Answer& answer : answers) {
    const bool is_four_over_six = recipe_named(answer.recipe).name == "four_over_six";
    const Quantized q =
        quantize_blocks_of(answer.recipe, {{is_four_over_six ? 1536.0f : 2688.0f}, block});
    EXPECT_EQ(q.block_scales[1], answer.scale) << answer.recipe;
    EXPECT_EQ(q.block_codes(1, answer.codes.size()), answer.codes) << answer.recipe;
  }
}

TEST(RecipeAnswers, AZeroBlock) {
  expect_answers({0.0f, -0.0f}, {{"modelopt", 0x38, {0, 0}},
                                 {"modelopt_onnx_legacy", 0x38, {0, 0}},
                                 {"transformer_engine", 0x00, {0, 8}},
                                 {"flashinfer_exact", 0x00, {0, 8}},
                                 {"trtllm_fast", 0x00, {0, 8}},
                                 {"vllm_emulation", 0x00, {0, 0}},
                                 {"compressed_tensors", 0x20, {0, 0}},
                                 {"torchao", 0x08, {0, 8}},
                                 {"llama_cpp", 0x00, {0, 0}},
                                 {"four_over_six", 0x00, {0, 0}},
                                 {"cudnn_docs", 0x00, {0, 0}},
                                 {"tensorrt_sample", 0x38, {0, 8}}});
}

// 2^-9 / 6 is below half of E4M3's smallest value 2^-9.
TEST(RecipeAnswers, AScaleThatUnderflows) {
  expect_answers({0x1p-9f, -0x1p-9f, 0.0f, -0.0f}, {{"modelopt", 0x01, {2, 0xA, 0, 0}},
                                                    {"modelopt_onnx_legacy", 0x00, {7, 0xF, 0, 0}},
                                                    {"transformer_engine", 0x00, {7, 0xF, 0, 8}},
                                                    {"flashinfer_exact", 0x00, {7, 0xF, 0, 8}},
                                                    {"trtllm_fast", 0x00, {7, 0xF, 7, 7}},
                                                    {"vllm_emulation", 0x00, {0, 0, 0, 0}},
                                                    {"compressed_tensors", 0x20, {0, 8, 0, 0}},
                                                    {"torchao", 0x08, {0, 8, 0, 8}},
                                                    {"llama_cpp", 0x00, {0, 0, 0, 0}},
                                                    {"four_over_six", 0x00, {0, 0, 0, 0}},
                                                    {"cudnn_docs", 0x01, {2, 0xA, 0, 8}},
                                                    {"tensorrt_sample", 0x00, {7, 0xF, 0, 8}}});
}

TEST(RecipeAnswers, MinusZeroAndTinyNegativesInABlockOfScaleOne) {
  const std::vector<float> block{6, -0.0f, -1e-30f, 1e-30f};
  for (const char* recipe :
       {"modelopt", "modelopt_onnx_legacy", "vllm_emulation", "compressed_tensors"}) {
    expect_answers(block, {{recipe, 0x38, {7, 0, 8, 0}}});
  }
  for (const char* recipe : {"transformer_engine", "flashinfer_exact", "trtllm_fast", "torchao",
                             "cudnn_docs", "tensorrt_sample"}) {
    expect_answers(block, {{recipe, 0x38, {7, 8, 8, 0}}});
  }
  expect_answers(block, {{"llama_cpp", 0x38, {7, 0, 0, 0}}});
  expect_answers(block, {{"four_over_six", 0x38, {7, 8, 8, 0}}});
}

const std::vector<float> kElementTies{6,     .25f,  .75f,  1.25f,      1.75f,  2.5f,
                                      3.5f,  5,     -.25f, -.75f,      -1.25f, -1.75f,
                                      -2.5f, -3.5f, -5,    0.25000003f};

TEST(RecipeAnswers, ElementTiesGoToEvenExceptInLlamaCpp) {
  const Codes even{7, 0, 2, 2, 4, 4, 6, 6, 8, 0xA, 0xA, 0xC, 0xC, 0xE, 0xE, 1};
  const Codes lower{7, 0, 1, 2, 3, 4, 5, 6, 0, 9, 0xA, 0xB, 0xC, 0xD, 0xE, 1};
  for (const char* recipe :
       {"modelopt", "modelopt_onnx_legacy", "transformer_engine", "flashinfer_exact", "trtllm_fast",
        "vllm_emulation", "compressed_tensors", "torchao", "cudnn_docs", "tensorrt_sample"}) {
    expect_answers(kElementTies, {{recipe, 0x38, even}});
  }
  expect_answers(kElementTies, {{"llama_cpp", 0x38, lower}});
}

// 6.375 / 6 lies halfway between the codes 0x38 and 0x39, 7.125 / 6 between 0x39 and 0x3A.
TEST(RecipeAnswers, ScaleTiesGoToEvenExceptWhereTheScaleIsRoundedUp) {
  for (const char* recipe :
       {"modelopt", "modelopt_onnx_legacy", "transformer_engine", "flashinfer_exact", "trtllm_fast",
        "vllm_emulation", "compressed_tensors", "torchao", "tensorrt_sample"}) {
    expect_answers({6.375f}, {{recipe, 0x38, {7}}});
    expect_answers({7.125f}, {{recipe, 0x3A, {7}}});
  }
  for (const char* recipe : {"llama_cpp", "cudnn_docs"}) {
    expect_answers({6.375f}, {{recipe, 0x39, {7}}});
    expect_answers({7.125f}, {{recipe, 0x3A, {7}}});
  }
}

// 6.6 / 6 rounds to the scale 1.125. By 1.125: 0.2489 and 0.7467; by 1.1: 0.2545 and 0.7636.
TEST(RecipeAnswers, TwoRecipesDivideByTheUnroundedScale) {
  const std::vector<float> block{6.6f, 0.28f, 0.84f};
  for (const char* recipe :
       {"modelopt", "transformer_engine", "flashinfer_exact", "trtllm_fast", "vllm_emulation",
        "compressed_tensors", "torchao", "llama_cpp", "cudnn_docs"}) {
    expect_answers(block, {{recipe, 0x39, {7, 0, 1}}});
  }
  for (const char* recipe : {"modelopt_onnx_legacy", "tensorrt_sample"}) {
    expect_answers(block, {{recipe, 0x39, {7, 1, 2}}});
  }
}

struct TensorAnswer {
  const char* recipe;
  float tensor_scale;
  std::uint8_t scale;
  Codes codes;
};

void expect_tensor(const std::vector<float>& block, const std::vector<TensorAnswer>& answers) {
  for (const TensorAnswer& answer : answers) {
    const Quantized q = quantize_blocks_of(answer.recipe, {block});
    EXPECT_EQ(q.tensor_scale, answer.tensor_scale) << answer.recipe;
    EXPECT_EQ(q.block_scales[0], answer.scale) << answer.recipe;
    EXPECT_EQ(q.block_codes(0, answer.codes.size()), answer.codes) << answer.recipe;
  }
}

constexpr float kLargest = std::numeric_limits<float>::max();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(RecipeAnswers, AZeroTensor) {
  expect_tensor({0.0f, -0.0f}, {{"modelopt", 1, 0x38, {0, 0}},
                                {"modelopt_onnx_legacy", 1, 0x38, {0, 0}},
                                {"transformer_engine", 0, 0x00, {0, 8}},
                                {"flashinfer_exact", kLargest, 0x00, {0, 8}},
                                {"trtllm_fast", kLargest, 0x00, {0, 8}},
                                {"vllm_emulation", kInfinity, 0x7F, {0, 0}},
                                {"compressed_tensors", kInfinity, 0x7F, {0, 0}},
                                {"torchao", 0, 0x7F, {3, 3}},
                                {"llama_cpp", -1, 0x00, {0, 0}},
                                {"four_over_six", 0, 0x00, {0, 0}},
                                {"cudnn_docs", -1, 0x00, {0, 0}},
                                {"tensorrt_sample", 1, 0x38, {0, 8}}});
}

// 2688 / 1e-36 overflows. Transformer Engine bounds it: 1e-36 * (FLT_MAX / 6) = 56.7, its scale is
// 56, and 1e-36 / (56 / FLT_MAX) = 6.08.
TEST(RecipeAnswers, ATensorSoSmallThatTheEncodeScaleOverflows) {
  const float t = 1e-36f / 2688;
  expect_tensor({1e-36f, -1e-37f, 0.0f}, {{"transformer_engine", 1e-36f, 0x66, {7, 9, 0}},
                                          {"flashinfer_exact", kInfinity, 0x7E, {7, 0xF, 0}},
                                          {"trtllm_fast", kInfinity, 0x7E, {7, 0xF, 7}},
                                          {"vllm_emulation", kInfinity, 0x7E, {7, 0xF, 0}},
                                          {"compressed_tensors", kInfinity, 0x7E, {7, 0xF, 0}},
                                          {"torchao", t, 0x7E, {7, 0xF, 3}},
                                          {"four_over_six", 1e-36f, 0x7E, {7, 0xF, 7}},
                                          {"modelopt", t, 0x7E, {7, 9, 0}},
                                          {"tensorrt_sample", t, 0x7E, {7, 9, 0}}});
}

TEST(RecipeAnswers, AZeroBlockBesideAnEncodeScaleThatOverflows) {
  const std::vector<Answer> answers{
      {"transformer_engine", 0x00, {0, 8}}, {"flashinfer_exact", 0x00, {0, 8}},
      {"trtllm_fast", 0x7F, {0, 8}},        {"vllm_emulation", 0x7F, {0, 0}},
      {"compressed_tensors", 0x7F, {0, 0}}, {"torchao", 0x08, {3, 3}},
      {"four_over_six", 0x00, {0, 0}}};
  for (const Answer& answer : answers) {
    const Quantized q = quantize_blocks_of(answer.recipe, {{1e-36f}, {0.0f, -0.0f}});
    EXPECT_EQ(q.block_scales[1], answer.scale) << answer.recipe;
    EXPECT_EQ(q.block_codes(1, 2), answer.codes) << answer.recipe;
  }
}

TEST(RecipeAnswers, AHugeTensor) {
  const float amax = 3e38f;
  const std::vector<float> block{amax, -amax / 2, amax / 12};
  for (const char* recipe : {"modelopt", "torchao", "tensorrt_sample"}) {
    expect_tensor(block, {{recipe, amax / 2688, 0x7E, {7, 0xD, 1}}});
  }
  expect_tensor(block, {{"modelopt_onnx_legacy", amax / 6 / 448, 0x7E, {7, 0xD, 1}}});
  ASSERT_NE(amax / 2688, amax / 6 / 448) << "the input does not tell them apart";
  for (const char* recipe :
       {"flashinfer_exact", "trtllm_fast", "vllm_emulation", "compressed_tensors"}) {
    expect_tensor(block, {{recipe, 2688 / amax, 0x7E, {7, 0xD, 1}}});
  }
  expect_tensor(block, {{"transformer_engine", amax, 0x7E, {7, 0xD, 1}}});
}

TEST(RecipeAnswers, WithoutATensorScaleLargeBlocksSaturate) {
  expect_tensor({2688, 1e6f, -1e6f, 224}, {{"llama_cpp", -1, 0x7E, {7, 7, 0xF, 1}},
                                           {"cudnn_docs", -1, 0x7E, {7, 7, 0xF, 1}}});
}

}  // namespace
}  // namespace assay
