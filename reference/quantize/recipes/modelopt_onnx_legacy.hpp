// SPDX-License-Identifier: Apache-2.0
// NVIDIA ModelOpt's ONNX exporter before 2026-08-26: the elements are divided by the block scale as
// it was before it was rounded to E4M3.
#pragma once

#include "reference/quantize/quantize_blocks.hpp"
#include "reference/quantize/recipes/element_casts.hpp"

namespace assay {

struct ModeloptOnnxLegacy {
  static constexpr RecipeInfo info{
      .name = "modelopt_onnx_legacy",
      .element = Format::e2m1,
      .block_scale = Format::e4m3,
      .block_size = kNvfp4BlockSize,
      .tensor_scale = TensorScale::decode,
      .tensor_scale_formula = "t = (amax / 6) / 448",
      .block_scale_formula = "r = (b / 6) / t; s = E4M3(clamp(r, -448, 448)), may underflow to 0",
      .zero_rule = "t = 0 becomes 1; b / 6 = 0 gives r = 1",
      .element_formula = "modelopt(x / (r * t))",
      .dequantize_formula = "q * (s * t)",
      .source =
          "NVIDIA/Model-Optimizer, modelopt/onnx/quantization/quant_utils.py, 9ffe96b; "
          "modelopt/onnx/export/nvfp4_exporter.py, 0370f27",
  };

  static float tensor_scale(float amax) {
    const float scale = amax / 6.0f / 448.0f;
    return scale == 0 ? 1.0f : scale;
  }

  static BlockStep block_step(float t, Nvfp4Block block, const RecipeOptions&) {
    const float sixth = max_magnitude(block) / 6.0f;
    const float unrounded = sixth == 0 ? 1.0f : sixth / t;
    return {encode<kE4m3>(unrounded), unrounded * t};
  }

  static std::uint8_t element(float x, float step) { return modelopt_cast_e2m1(x / step); }
  static float block_scale(std::uint8_t code) { return decode<kE4m3>(code); }
  static float dequantize(float q, float s, float tensor_scale) { return q * (s * tensor_scale); }
};

}  // namespace assay
