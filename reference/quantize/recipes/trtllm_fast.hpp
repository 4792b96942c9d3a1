// SPDX-License-Identifier: Apache-2.0
// TensorRT-LLM's NVFP4 kernel (FlashInfer vendors it as its default). Its reciprocals are PTX's
// rcp.approx.ftz.f32, of which only a bound is published: within 1 ulp. RecipeOptions chooses.
#pragma once

#include <limits>

#include "reference/quantize/quantize_blocks.hpp"
#include "reference/quantize/recipes/element_casts.hpp"
#include "reference/quantize/recipes/flashinfer_exact.hpp"

namespace assay {

struct TrtllmFast {
  static constexpr RecipeInfo info{
      .name = "trtllm_fast",
      .element = Format::e2m1,
      .block_scale = Format::e4m3,
      .block_size = kNvfp4BlockSize,
      .tensor_scale = TensorScale::encode,
      .tensor_scale_formula = "S = 2688 / amax",
      .block_scale_formula = "s = E4M3(S * (b * rcp(6)))",
      .zero_rule =
          "amax = 0 gives S = FLT_MAX; b = 0 gives the element factor 0; s = 0 gives it +Inf",
      .element_formula = "cvt(x * rcp(s * rcp(S)))",
      .dequantize_formula = "q * (s * (1 / S))",
      .source =
          "flashinfer-ai/flashinfer, csrc/nv_internal/tensorrt_llm/kernels/quantization_utils.cuh, "
          "014327a",
      .has_reciprocals = true,
  };

  static float tensor_scale(float amax) { return FlashinferExact::tensor_scale(amax); }

  // The correctly rounded reciprocal of x >= 0, moved by so many ulp; a subnormal operand or result
  // is flushed to zero, and the results zero and infinity are exact.
  static float rcp(float x, int ulp) {
    constexpr float kSmallestNormal = std::numeric_limits<float>::min();
    const float reciprocal = 1.0f / (x < kSmallestNormal ? 0.0f : x);
    const auto bits = std::bit_cast<std::uint32_t>(reciprocal);
    if (bits == 0 || bits == kF32Infinity) return reciprocal;
    const auto moved = std::bit_cast<float>(bits + static_cast<std::uint32_t>(ulp));
    return moved < kSmallestNormal ? 0.0f : moved;
  }

  static BlockStep block_step(float encode_scale, Nvfp4Block block, const RecipeOptions& options) {
    const int ulp = options.reciprocal_ulp;
    const float block_amax = max_magnitude(block);
    const std::uint8_t code = encode<kE4m3>(encode_scale * (block_amax * rcp(6.0f, ulp)));
    if (block_amax == 0) return {code, 0.0f};
    return {code, rcp(decode<kE4m3>(code) * rcp(encode_scale, ulp), ulp)};
  }

  static std::uint8_t element(float x, float step) { return cvt_e2m1(x * step); }
  static float block_scale(std::uint8_t code) { return decode<kE4m3>(code); }
  static float dequantize(float q, float s, float encode_scale) {
    return FlashinferExact::dequantize(q, s, encode_scale);
  }
};

}  // namespace assay
