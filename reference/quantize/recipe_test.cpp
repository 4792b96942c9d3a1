// SPDX-License-Identifier: Apache-2.0
// The table of recipes, its checks and messages, and statistics that tell recipes apart on random
// data; the rates were measured before this code was written, by a program of its own, on 400,000
// blocks (docs/divergence.md reproduces the whole table).
#include <cmath>
#include <limits>
#include <random>

#include "reference/quantize/recipe_case.hpp"
#include "reference/quantize/recipes/modelopt.hpp"

namespace assay {
namespace {

TEST(Recipes, AreFoundByName) {
  EXPECT_EQ(recipes().front().name, "modelopt");
  for (const RecipeInfo& recipe : recipes()) {
    const auto found = find_recipe(recipe.name);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, &recipe);
    EXPECT_EQ(code_bytes(recipe, 64), recipe.element == Format::e2m1 ? 32 : 64) << recipe.name;
  }
}

TEST(Recipes, AnUnknownNameIsAnErrorWithTheNearest) {
  const auto found = find_recipe("torch_ao");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::usage);
  EXPECT_EQ(found.error().message.find("unknown recipe \"torch_ao\" (did you mean \"torchao\"?)"),
            0u)
      << found.error().message;
}

std::string quantize_error(const char* name, int reciprocal_ulp, std::vector<float> values,
                           std::int64_t columns) {
  std::vector<std::uint8_t> codes(values.size()), block_scales(values.size() / 16);
  float tensor_scale = 0;
  const Status status = quantize(recipe_named(name), {.reciprocal_ulp = reciprocal_ulp}, "w",
                                 values, columns, {codes, block_scales, &tensor_scale});
  return status ? "" : status.error().message;
}

TEST(Recipes, OnlyTrtllmFastTakesAReciprocalUlpAndOnlyOne) {
  for (const RecipeInfo& recipe : recipes()) {
    EXPECT_EQ(recipe.has_reciprocals, recipe.name == "trtllm_fast") << recipe.name;
  }
  EXPECT_EQ(quantize_error("torchao", 1, {}, 16),
            "the recipe torchao has no approximate reciprocals: no reciprocal_ulp");
  EXPECT_EQ(quantize_error("trtllm_fast", 2, {}, 16), "reciprocal_ulp 2: must be -1, 0 or 1");
  EXPECT_EQ(quantize_error("trtllm_fast", -2, {}, 16), "reciprocal_ulp -2: must be -1, 0 or 1");
  EXPECT_EQ(quantize_error("trtllm_fast", -1, {}, 16), "");
}

TEST(Recipes, ARowLengthThatTheBlockSizeDoesNotDivideIsAnError) {
  for (const std::int64_t columns : {std::int64_t{24}, std::int64_t{0}, std::int64_t{-16}}) {
    EXPECT_EQ(quantize_error("cudnn_docs", 0, {}, columns),
              fmt::format("w: {} columns: the recipe cudnn_docs needs a positive multiple of 16",
                          columns));
  }
}

TEST(Recipes, AValueThatIsNotFiniteIsAnErrorWithItsIndex) {
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    std::vector<float> values(32, 1.0f);
    values[21] = bad;
    for (const char* recipe : {"modelopt", "llama_cpp"}) {
      EXPECT_EQ(quantize_error(recipe, 0, values, 32),
                fmt::format("w[21] = {}: a value must be finite", bad));
    }
  }
}

std::string dequantize_error(const char* name, std::vector<std::uint8_t> block_scales,
                             float tensor_scale) {
  const RecipeInfo& recipe = recipe_named(name);
  const std::int64_t columns = static_cast<std::int64_t>(block_scales.size()) * recipe.block_size;
  const std::vector<std::uint8_t> codes(static_cast<std::size_t>(code_bytes(recipe, columns)));
  std::vector<float> values(static_cast<std::size_t>(columns));
  const Status status =
      dequantize(recipe, "w", {codes, block_scales, tensor_scale}, columns, values);
  return status ? "" : status.error().message;
}

TEST(Recipes, ABlockScaleThatIsNaNOrNegativeIsAnErrorWithItsIndex) {
  EXPECT_EQ(dequantize_error("torchao", {0x38, 0x7F}, 1),
            "w: block scale 1 = 0x7f: must not be NaN");
  EXPECT_EQ(dequantize_error("llama_cpp", {0xFF}, 1), "w: block scale 0 = 0xff: must not be NaN");
  EXPECT_EQ(dequantize_error("modelopt", {0x38, 0x00, 0x80}, 1),
            "w: block scale 2 = 0x80: must not be negative");
  EXPECT_EQ(dequantize_error("modelopt", {0x00, 0x7E}, 1), "");
  EXPECT_EQ(dequantize_error("mxfp4_floor", {0x00, 0x7F, 0x80, 0xFE}, 1), "");
  EXPECT_EQ(dequantize_error("mxfp4_floor", {0x7F, 0xFF}, 1),
            "w: block scale 1 = 0xff: must not be NaN");
}

TEST(Recipes, ATensorScaleThatIsNotPositiveAndFiniteIsAnError) {
  EXPECT_EQ(dequantize_error("modelopt", {0x38}, 0),
            "w: tensor scale 0: must be finite and greater than 0");
  EXPECT_EQ(dequantize_error("vllm_emulation", {0x38}, std::numeric_limits<float>::infinity()),
            "w: tensor scale inf: must be finite and greater than 0");
  EXPECT_EQ(dequantize_error("four_over_six", {0x38}, -1),
            "w: tensor scale -1: must be finite and not negative");
  EXPECT_EQ(dequantize_error("transformer_engine", {0x38}, 0), "") << "the amax of zeros";
  EXPECT_EQ(dequantize_error("cudnn_docs", {0x38}, 0), "") << "there is none";
  EXPECT_EQ(dequantize_error("torchao", {0x38}, std::nanf("")),
            "w: tensor scale nan: must be finite and greater than 0");
}

// One tensor on the bfloat16 grid: normal values, each block scaled by a log-normal factor.
std::vector<float> bf16_tensor(std::size_t blocks, double log_sigma) {
  std::mt19937_64 random(2);
  std::normal_distribution<double> normal;
  std::vector<float> values(16 * blocks);
  for (std::size_t i = 0; i < values.size(); i += 16) {
    const double block_size = std::exp(log_sigma * normal(random));
    for (std::size_t j = i; j < i + 16; ++j) {
      const auto x = static_cast<float>(normal(random) * block_size);
      values[j] = std::bit_cast<float>((std::bit_cast<std::uint32_t>(x) + 0x8000) & 0xFFFF0000);
    }
  }
  return values;
}

struct Rates {
  double scales = 0;  // percent
  double codes = 0;
};

double percent_different(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  double different = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    different += a[i] != b[i];
  return 100 * different / static_cast<double>(a.size());
}

Rates divergence(const std::vector<float>& values, const char* a, const char* b, int ulp_of_b = 0) {
  const Quantized from_a = quantize_blocks_of(a, {values});
  const Quantized from_b = quantize_blocks_of(b, {values}, ulp_of_b);
  return {percent_different(from_a.block_scales, from_b.block_scales),
          percent_different(from_a.codes, from_b.codes)};
}

TEST(RecipeDivergence, GaussianBlocks) {
  const std::vector<float> values = bf16_tensor(100'000, 0);
  for (const char* recipe : {"transformer_engine", "flashinfer_exact", "trtllm_fast", "torchao",
                             "vllm_emulation", "compressed_tensors"}) {
    const Rates rates = divergence(values, "modelopt", recipe);
    EXPECT_EQ(rates.scales, 0) << recipe;
    EXPECT_LT(rates.codes, 0.1) << recipe;
  }
  const Rates unrounded = divergence(values, "modelopt", "tensorrt_sample");
  EXPECT_EQ(unrounded.scales, 0);
  EXPECT_NEAR(unrounded.codes, 5.03, 0.2);
  const Rates moved = divergence(values, "modelopt", "trtllm_fast", 1);
  EXPECT_GT(moved.scales, 0.3) << "0.79 measured; the tensor's amax decides";
  EXPECT_GT(moved.codes, 0.1) << "0.16 measured";
}

// The rates depend on the largest block: one far out makes more scales underflow.
TEST(RecipeDivergence, BlocksOfAWideRange) {
  const std::vector<float> values = bf16_tensor(100'000, 2.5);
  const Rates torchao = divergence(values, "modelopt", "torchao");
  EXPECT_NEAR(torchao.scales, 59.9, 10);
  EXPECT_NEAR(torchao.codes, 44.0, 6);
  const Rates exact = divergence(values, "modelopt", "transformer_engine");
  EXPECT_NEAR(exact.scales, 20.5, 8);
  EXPECT_NEAR(exact.codes, 20.3, 8);
}

TEST(RecipeDivergence, TransformerEngineAndFlashinferExactAgree) {
  for (const double log_sigma : {0.0, 2.5}) {
    const Rates rates =
        divergence(bf16_tensor(20'000, log_sigma), "transformer_engine", "flashinfer_exact");
    EXPECT_EQ(rates.scales, 0);
    EXPECT_EQ(rates.codes, 0);
  }
}

// The table runs the vectorized functions of nvfp4.hpp; the formula is the struct.
TEST(Modelopt, TheStructEqualsTheVectorizedFunctions) {
  for (const double log_sigma : {0.0, 2.5, 20.0}) {
    const std::vector<float> values = bf16_tensor(64, log_sigma);
    const Quantized expected = quantize_blocks_of("modelopt", {values});
    std::vector<std::uint8_t> bytes(512), block_scales(64);
    float tensor_scale = 0;
    quantize_matrix<Modelopt>({}, values, {bytes, block_scales, &tensor_scale});
    EXPECT_EQ(tensor_scale, expected.tensor_scale);
    EXPECT_EQ(block_scales, expected.block_scales);
    for (std::size_t i = 0; i < 1024; ++i) {
      ASSERT_EQ(unpack_e2m1(bytes[i / 2], static_cast<std::int64_t>(i)), expected.codes[i]);
    }
    std::vector<float> by_struct(1024), by_table(1024);
    dequantize_matrix<Modelopt>({bytes, block_scales, tensor_scale}, by_struct);
    ASSERT_TRUE(dequantize(recipe_named("modelopt"), "w", {bytes, block_scales, tensor_scale}, 1024,
                           by_table));
    EXPECT_EQ(by_struct, by_table);
  }
}

}  // namespace
}  // namespace assay
