// SPDX-License-Identifier: Apache-2.0
// The order of operations, recipe by recipe: blocks in which another way to write the same formula
// gives another scale or code. Found by a random search in numpy, whose binary32 operations (and
// ml_dtypes' conversions) gave the expected bits; this code had no part in it.
#include "reference/quantize/recipe_case.hpp"

namespace assay {
namespace {

struct OrderCase {
  const char* recipe;
  float amax;        // of the tensor: the only value of the first block
  float block_amax;  // and the first value of the second
  float x;           // its next value
  std::uint8_t scale;
  std::uint8_t code;  // of x
  const char* others;
};

constexpr OrderCase kCases[] = {
    {"modelopt", 0x1.c8p-8f, 0x1.56p-8f, 0, 0x7B, 0, "(b / 6) / t and (b * (1/6)) / t"},
    {"modelopt", 0x1.82p-3f, 0x1.d8p-4f, 0x1.f04924p-7f, 0x79, 0x2, "x * (1 / (s * t))"},
    {"modelopt", 0x1.18p-4f, 0x1.98p-11f, 0x1.d2aaa8p-12f, 0x4A, 0x5, "(x / s) / t"},
    {"modelopt_onnx_legacy", 0x1.18p+0f, 0x1.0ep-1f, 0, 0x75, 0, "b / (6 * t)"},
    {"modelopt_onnx_legacy", 0x1.88p+2f, 0x1.0ap+2f, 0, 0x79, 0, "(b * (1/6)) / t"},
    {"modelopt_onnx_legacy", 0x1.cep-2f, 0x1.7ap-2f, 0x1.f8p-7f, 0x7B, 0x1, "x / (b / 6)"},
    {"modelopt_onnx_legacy", 0x1.1ep+1f, 0x1.78p+0f, 0x1.b6aaaap-1f, 0x79, 0x5,
     "x * (1 / (r * t))"},
    {"transformer_engine", 0x1.78p+4f, 0x1.1ap+4f, 0, 0x7B, 0, "S * (b * (1/6)) and S * (b / 6)"},
    {"transformer_engine", 0x1.18p-2f, 0x1.f4p-3f, 0, 0x7D, 0, "(b * S) * (1/6)"},
    {"transformer_engine", 0x1.b8p+0f, 0x1.72p+0f, 0x1.f6db7p-5f, 0x7C, 0, "x / (s * (1 / S))"},
    {"transformer_engine", 0x1.14p+4f, 0x1.b4p+2f, 0x1.696db8p+1f, 0x73, 0x5, "x * (S / s)"},
    {"flashinfer_exact", 0x1.ap-1f, 0x1.38p-4f, 0, 0x63, 0,
     "S * (b * (1/6)) and S * (b / 6) and (b * S) * (1/6)"},
    {"flashinfer_exact", 0x1.1ep+2f, 0x1.b2p+1f, 0x1.76861ap+1f, 0x7B, 0x6, "x / (s * (1 / S))"},
    {"flashinfer_exact", 0x1.8ep-2f, 0x1.a6p-5f, 0x1.f17ffep-7f, 0x67, 0x4, "x * (S / s)"},
    {"trtllm_fast", 0x1.24p+3f, 0x1.b6p+2f, 0, 0x7A, 0, "b * (S * (1/6))"},
    {"trtllm_fast", 0x1.18p-1f, 0x1.22p-3f, 0, 0x6F, 0, "S * (b / 6)"},
    {"trtllm_fast", 0x1.52p+3f, 0x1.cp+2f, 0x1.fbp+1f, 0x79, 0x5, "x / (s * (1 / S))"},
    {"trtllm_fast", 0x1.cap-1f, 0x1.9cp-1f, 0x1.f02aaap-3f, 0x7D, 0x4, "x * (S / s)"},
    {"vllm_emulation", 0x1.7p+0f, 0x1.14p-1f, 0, 0x72, 0, "b * (S * (1/6))"},
    {"vllm_emulation", 0x1.34p+0f, 0x1.76p-2f, 0, 0x71, 0, "S * (b / 6)"},
    {"vllm_emulation", 0x1p-3f, 0x1.84p-4f, 0x1.924924p-7f, 0x7B, 0x2,
     "x * (1 / (s * (1 / S))) and x / (s / S)"},
    {"vllm_emulation", 0x1.ccp+0f, 0x1.6ap+0f, 0x1.696db6p-3f, 0x7B, 0x1, "(x * S) / s"},
    {"compressed_tensors", 0x1.cp-4f, 0x1.9p-4f, 0, 0x7C, 0, "S * (b * (1/6))"},
    {"compressed_tensors", 0x1.f8p-5f, 0x1.7ap-5f, 0, 0x7A, 0, "b * (S * (1/6))"},
    {"compressed_tensors", 0x1.04p+4f, 0x1.86p+3f, 0, 0x7A, 0, "(b * S) / 6"},
    {"compressed_tensors", 0x1.a2p+4f, 0x1.d8p+1f, 0x1.16aaaap+0f, 0x68, 0x3,
     "x * (S / s) and x * (1 / (s / S))"},
    {"compressed_tensors", 0x1.d8p+0f, 0x1.bap-1f, 0x1.2430c4p-5f, 0x75, 0x1, "x / (s * (1 / S))"},
    {"torchao", 0x1.fp+0f, 0x1.74p+0f, 0, 0x7A, 0, "b / (6 * t)"},
    {"torchao", 0x1.18p-2f, 0x1.22p-3f, 0, 0x76, 0, "(b * (1/6)) / t"},
    {"torchao", 0x1.78p-1f, 0x1.58p-1f, 0x1.22f3dp-1f, 0x7D, 0x6,
     "x / (t * s) and x * (1 / (t * s))"},
    {"cudnn_docs", 0x1.ep+1f, 0x1.6p+1f, 0x1.2cp+1f, 0x2F, 0x6, "x * (1 / s)"},
    {"tensorrt_sample", 0x1.18p+4f, 0x1.f4p+1f, 0, 0x6C, 0, "(b / 6) / t"},
    {"tensorrt_sample", 0x1.28p-1f, 0x1.5cp-2f, 0x1.22p-3f, 0x78, 0x5, "x / (b / 6)"},
    {"tensorrt_sample", 0x1.9p+3f, 0x1.76p+3f, 0x1.75fffep+0f, 0x7D, 0x1, "x * (1 / (r * t))"},
};

TEST(RecipeOrder, OfOperationsDecidesScalesAndCodes) {
  for (const OrderCase& c : kCases) {
    const Quantized q = quantize_blocks_of(c.recipe, {{c.amax}, {c.block_amax, c.x}});
    EXPECT_EQ(q.block_scales[1], c.scale) << c.recipe << ", not " << c.others;
    EXPECT_EQ(q.codes[17], c.code) << c.recipe << ", not " << c.others;
  }
}

struct FourOverSixCase {
  float amax, block_amax, x, y;
  std::uint8_t scale;
  std::vector<std::uint8_t> codes;
  const char* others;
};

TEST(RecipeOrder, OfFourOverSix) {
  const FourOverSixCase cases[] = {
      {0x1.18p-3f,
       0x1.eap-5f,
       0x1.ea0002p-8f,
       0x1.a2p-5f,
       0x72,
       {0x6, 0x1, 0x6},
       "b * (S * (1/6))"},
      {0x1.4p-2f, 0x1.f4p-3f, 0x1.2f5554p-4f, 0x1.9ep-6f, 0x75, {0x7, 0x3, 0x1}, "S / 6 * b"},
      {0x1.8ap+1f,
       0x1.08p+1f,
       0x1.0eep-2f,
       0x1.86p-2f,
       0x73,
       {0x7, 0x1, 0x2},
       "x * (S / s) and a sum of magnitudes"},
      {0x1.84p-2f,
       0x1.46p-5f,
       0x1.3b3ffep-8f,
       0x1.a8p-6f,
       0x5D,
       {0x7, 0x2, 0x6},
       "x / ((1 / S) * s)"},
  };
  for (const FourOverSixCase& c : cases) {
    const Quantized q = quantize_blocks_of("four_over_six", {{c.amax}, {c.block_amax, c.x, c.y}});
    EXPECT_EQ(q.block_scales[1], c.scale) << "not " << c.others;
    EXPECT_EQ(q.block_codes(1, 3), c.codes) << "not " << c.others;
  }
}

}  // namespace
}  // namespace assay
