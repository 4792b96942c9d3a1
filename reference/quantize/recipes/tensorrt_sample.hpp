// SPDX-License-Identifier: Apache-2.0
// The sample of TensorRT's MoE documentation: the elements are divided by the unrounded block
// scale, while TensorRT dequantizes with the rounded one. Where its text leaves a formula open,
// ModelOpt's stands, without the clamp.
#pragma once

#include "reference/quantize/quantize_blocks.hpp"
#include "reference/quantize/recipes/element_casts.hpp"

namespace assay {

struct TensorrtSample {
  static constexpr RecipeInfo info{
      .name = "tensorrt_sample",
      .element = Format::e2m1,
      .block_scale = Format::e4m3,
      .block_size = kNvfp4BlockSize,
      .tensor_scale = TensorScale::decode,
      .tensor_scale_formula = "t = amax / 2688",
      .block_scale_formula = "r = b / (6 * t); s = E4M3(r), may underflow to 0",
      .zero_rule = "t = 0 becomes 1; r = 0 becomes 1",
      .element_formula = "cvt(x / (r * t))",
      .dequantize_formula = "q * (s * t)",
      .source =
          "as described in the sample of the TensorRT operator documentation, MoE (not a stored "
          "source)",
  };

  static float tensor_scale(float amax) {
    const float scale = amax / 2688.0f;
    return scale == 0 ? 1.0f : scale;
  }

  static BlockStep block_step(float t, Nvfp4Block block, const RecipeOptions&) {
    const float quotient = max_magnitude(block) / (6.0f * t);
    const float unrounded = quotient == 0 ? 1.0f : quotient;
    return {encode<kE4m3>(unrounded), unrounded * t};
  }

  static std::uint8_t element(float x, float step) { return cvt_e2m1(x / step); }
  static float block_scale(std::uint8_t code) { return decode<kE4m3>(code); }
  static float dequantize(float q, float s, float tensor_scale) { return q * (s * tensor_scale); }
};

}  // namespace assay
