// SPDX-License-Identifier: Apache-2.0
// What single recipes do that the others do not, and every way back. Answers by hand from the
// formulas of docs/recipes.md.
#include <array>
#include <cmath>
#include <limits>

#include "reference/quantize/recipe_case.hpp"
#include "reference/quantize/recipes/four_over_six.hpp"
#include "reference/quantize/recipes/llama_cpp.hpp"
#include "reference/quantize/recipes/trtllm_fast.hpp"

namespace assay {
namespace {

using Codes = std::vector<std::uint8_t>;

TEST(TrtllmFast, TheReciprocalIsCorrectlyRoundedThenMoved) {
  EXPECT_EQ(TrtllmFast::rcp(6, 0), 0x1.555556p-3f);
  EXPECT_EQ(TrtllmFast::rcp(6, 1), 0x1.555558p-3f);
  EXPECT_EQ(TrtllmFast::rcp(6, -1), 0x1.555554p-3f);
}

TEST(TrtllmFast, SubnormalOperandsAndResultsAreFlushed) {
  EXPECT_EQ(TrtllmFast::rcp(0x1p126f, 0), 0x1p-126f);
  EXPECT_EQ(TrtllmFast::rcp(0x1p127f, 0), 0.0f);
  EXPECT_EQ(TrtllmFast::rcp(0x1p126f, -1), 0.0f) << "one ulp below is subnormal";
  EXPECT_EQ(TrtllmFast::rcp(0x1p-126f, 0), 0x1p126f);
  EXPECT_EQ(TrtllmFast::rcp(0x1p-127f, 1), std::numeric_limits<float>::infinity());
}

TEST(TrtllmFast, ZeroAndInfinityAreExactReciprocals) {
  for (const int ulp : {-1, 0, 1}) {
    EXPECT_EQ(TrtllmFast::rcp(0, ulp), std::numeric_limits<float>::infinity());
    EXPECT_EQ(TrtllmFast::rcp(std::numeric_limits<float>::infinity(), ulp), 0.0f);
  }
}

// 6.375 * rcp(6) decides the tie at 1.0625; 0.75 is an element tie at scale one.
TEST(TrtllmFast, OneUlpMovesTiesOfScaleAndElement) {
  const std::vector<std::vector<float>> scale_tie{{2688}, {6.375f}};
  EXPECT_EQ(quantize_blocks_of("trtllm_fast", scale_tie, -1).block_scales[1], 0x38);
  EXPECT_EQ(quantize_blocks_of("trtllm_fast", scale_tie, 0).block_scales[1], 0x38);
  EXPECT_EQ(quantize_blocks_of("trtllm_fast", scale_tie, 1).block_scales[1], 0x39);
  const std::vector<std::vector<float>> element_tie{{2688}, {6, 0.75f}};
  EXPECT_EQ(quantize_blocks_of("trtllm_fast", element_tie, 0).codes[17], 2);
  EXPECT_EQ(quantize_blocks_of("trtllm_fast", element_tie, 1).codes[17], 1);
}

// S = 2^127, so rcp(S) is flushed: every element is multiplied by infinity, where FlashInfer's
// exact kernel multiplies by 6 / amax.
TEST(TrtllmFast, AFlushedReciprocalMakesElementsInfinite) {
  const std::vector<std::vector<float>> blocks{{2688 * 0x1p-127f, -1344 * 0x1p-127f, 0.0f}};
  EXPECT_EQ(quantize_blocks_of("trtllm_fast", blocks).block_codes(0, 3), (Codes{7, 0xF, 7}));
  EXPECT_EQ(quantize_blocks_of("flashinfer_exact", blocks).block_codes(0, 3), (Codes{7, 0xD, 0}));
}

TEST(LlamaCpp, ScalesOf248AndMoreBecome448) {
  EXPECT_EQ(LlamaCpp::encode_scale(std::nextafter(248.0f, 0.0f)), 0x77) << "240";
  EXPECT_EQ(LlamaCpp::encode_scale(248), 0x7E);
  EXPECT_EQ(LlamaCpp::encode_scale(256), 0x7E);
  EXPECT_EQ(LlamaCpp::encode_scale(1e30f), 0x7E);
}

// Only the first dropped bit is looked at: halves go up, what lies above them changes nothing.
TEST(LlamaCpp, ScalesRoundHalfUp) {
  EXPECT_EQ(LlamaCpp::encode_scale(1.0625f), 0x39);
  EXPECT_EQ(LlamaCpp::encode_scale(std::nextafter(1.0625f, 0.0f)), 0x38);
  EXPECT_EQ(LlamaCpp::encode_scale(1.1875f), 0x3A);
  EXPECT_EQ(LlamaCpp::encode_scale(1.9375f), 0x40);
}

TEST(LlamaCpp, SubnormalScalesRoundHalfUpAndStopAtSeven) {
  EXPECT_EQ(LlamaCpp::encode_scale(0x1p-10f), 0x01);
  EXPECT_EQ(LlamaCpp::encode_scale(0x1.fffffep-11f), 0x01) << "x * 512 + 0.5 itself rounds to 1";
  EXPECT_EQ(LlamaCpp::encode_scale(0x1.fffffcp-11f), 0x00);
  EXPECT_EQ(LlamaCpp::encode_scale(6.5f / 512), 0x07);
  EXPECT_EQ(LlamaCpp::encode_scale(7.9f / 512), 0x07) << "E4M3 would round to 8";
  EXPECT_EQ(LlamaCpp::encode_scale(8.0f / 512), 0x08);
}

// With amax 1536 the tensor's factor is 1. To four, the scale is 1 and nothing is lost; to six, it
// is 0.6875 (2/3 rounded) and 4 becomes 4.125.
// The search as llama.cpp has it: all 16 doubled values in the order of their codes.
std::uint8_t first_of_the_nearest(float x, float half_scale) {
  constexpr std::array<float, 16> kDoubled{0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  std::uint8_t best = 0;
  for (std::uint8_t code = 1; code < 16; ++code) {
    const float error = std::fabs(kDoubled[code] * half_scale - x);
    if (error < std::fabs(kDoubled[best] * half_scale - x)) best = code;
  }
  return best;
}

TEST(LlamaCpp, TheFirstNearestOfAll16CodesIsFound) {
  for (int code = 0; code <= 0x7E; ++code) {
    const float half_scale = LlamaCpp::block_scale(static_cast<std::uint8_t>(code)) * 0.5f;
    for (int eighth = -60; eighth <= 60; ++eighth) {
      const float tie = static_cast<float>(eighth) / 4 * half_scale;
      for (const float x : {tie, std::nextafter(tie, 1e30f), std::nextafter(tie, -1e30f)}) {
        ASSERT_EQ(LlamaCpp::element(x, half_scale), first_of_the_nearest(x, half_scale))
            << "scale " << code << ", x = " << x;
      }
    }
  }
}

TEST(FourOverSix, ABlockOfFourAndOneIsScaledToFour) {
  const Quantized q = quantize_blocks_of("four_over_six", {{1536}, {4, 1, -2}});
  EXPECT_EQ(q.tensor_scale, 1536.0f);
  EXPECT_EQ(q.block_scales[1], 0x38) << "1.5 * (4/6)";
  EXPECT_EQ(q.block_codes(1, 3), (Codes{6, 2, 0xC}));
}

TEST(FourOverSix, ABlockOfSixAndThreeIsScaledToSix) {
  const Quantized q = quantize_blocks_of("four_over_six", {{1536}, {6, 3, -.5f}});
  EXPECT_EQ(q.block_scales[1], 0x38);
  EXPECT_EQ(q.block_codes(1, 3), (Codes{7, 5, 9}));
}

// {6}: 6 = 6 * 1 = 4 * 1.5, no error either way.
TEST(FourOverSix, EqualErrorsAreScaledToSix) {
  const Quantized q = quantize_blocks_of("four_over_six", {{1536}, {6}});
  EXPECT_EQ(q.block_scales[1], 0x38);
  EXPECT_EQ(q.codes[16], 7);
}

TEST(FourOverSix, TheErrorIsASumOfSquares) {
  const std::vector<float> values{6, 5, 1.5f, 1.5f, 1.5f};
  std::vector<float> padded = values;
  padded.resize(16);
  const Nvfp4Block block(padded.data(), 16);
  const BlockStep six = FourOverSix::candidate(1536, 1);
  const BlockStep four = FourOverSix::candidate(1536, 1.5f);
  EXPECT_EQ(FourOverSix::squared_error(1536, block, six), 1.0f) << "5 -> 4";
  EXPECT_EQ(FourOverSix::squared_error(1536, block, four), 0.25f) << "5 / 1.5 -> 3 * 1.5";
}

// Scale 1.125, element 3; the tensor scale was found by search so that no two orders agree:
// (3 * 1.125) first gives 0x1.b0005ep+1 and 0x1.afffa2p+1.
TEST(RecipeDequantize, TheOrderOfOperationsIsTheRecipes) {
  constexpr float kTensorScale = 0x1.000038p+0f;
  for (const char* recipe : {"modelopt", "modelopt_onnx_legacy", "torchao", "tensorrt_sample"}) {
    EXPECT_EQ(dequantize_all_codes(recipe, 0x39, kTensorScale)[5], 0x1.b0006p+1f) << recipe;
  }
  for (const char* recipe : {"flashinfer_exact", "trtllm_fast"}) {
    EXPECT_EQ(dequantize_all_codes(recipe, 0x39, kTensorScale)[5], 0x1.afffap+1f) << recipe;
  }
  for (const char* recipe : {"vllm_emulation", "compressed_tensors"}) {
    EXPECT_EQ(dequantize_all_codes(recipe, 0x39, kTensorScale)[5], 0x1.afffa4p+1f) << recipe;
  }
}

TEST(RecipeDequantize, AnAmaxIsDividedByTheProductOfTheLargestValues) {
  EXPECT_EQ(dequantize_all_codes("transformer_engine", 0x7E, 2688.0f)[7], 2688.0f);
  EXPECT_EQ(dequantize_all_codes("transformer_engine", 0x3B, 2688.0f)[5], 4.125f);
  EXPECT_EQ(dequantize_all_codes("four_over_six", 0x3B, 1536.0f)[5], 4.125f);
  for (const char* recipe : {"transformer_engine", "four_over_six"}) {
    EXPECT_EQ(dequantize_all_codes(recipe, 0x00, 0.0f)[7], 0.0f) << "a zero tensor";
  }
}

// 448 * 3e38 overflows before the division by 2688 or 1536 can bring it back.
TEST(RecipeDequantize, AHugeAmaxOverflowsInTransformerEngine) {
  const std::vector<float> values = dequantize_all_codes("transformer_engine", 0x7E, 3e38f);
  EXPECT_EQ(values[1], std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(values[0])) << "0 * Inf";
}

TEST(RecipeDequantize, CodesWithoutATensorScale) {
  const std::vector<float> e2m1{0,     .5f,  1,  1.5f,  2,  3,  4,  6,
                                -0.0f, -.5f, -1, -1.5f, -2, -3, -4, -6};
  for (const char* recipe : {"llama_cpp", "cudnn_docs"}) {
    const std::vector<float> values = dequantize_all_codes(recipe, 0x40, 0);
    for (std::size_t code = 0; code < 16; ++code) {
      EXPECT_EQ(values[code], 2 * e2m1[code]) << recipe << " " << code;
    }
  }
  EXPECT_TRUE(std::signbit(dequantize_all_codes("cudnn_docs", 0x40, 0)[8]));
  EXPECT_FALSE(std::signbit(dequantize_all_codes("llama_cpp", 0x40, 0)[8]));
}

}  // namespace
}  // namespace assay
