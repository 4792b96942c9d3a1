// SPDX-License-Identifier: Apache-2.0
// NVIDIA ModelOpt (torch), dynamic path: docs/numerics.md section 2 states it. This struct is the
// formula; the table of recipes runs the vectorized functions of nvfp4.hpp, which a test compares
// with it.
#pragma once

#include "reference/format/e4m3.hpp"
#include "reference/quantize/nvfp4.hpp"
#include "reference/quantize/quantize_blocks.hpp"
#include "reference/quantize/recipes/element_casts.hpp"

namespace assay {

struct Modelopt {
  static constexpr RecipeInfo info{
      .name = "modelopt",
      .element = Format::e2m1,
      .block_scale = Format::e4m3,
      .block_size = kNvfp4BlockSize,
      .tensor_scale = TensorScale::decode,
      .tensor_scale_formula = "t = amax / 2688",
      .block_scale_formula = "s = E4M3(clamp(b / (6 * t), 2^-9, 448))",
      .zero_rule = "t = 0 becomes 1 (our rule); b / (6 * t) = 0 becomes 1",
      .element_formula = "modelopt(x / (s * t))",
      .dequantize_formula = "q * (s * t)",
      .source =
          "NVIDIA/Model-Optimizer, modelopt/torch/quantization/qtensor/nvfp4_tensor.py, 211c6b3",
  };

  static float tensor_scale(float amax) { return nvfp4_tensor_scale_modelopt(amax); }

  static BlockStep block_step(float t, Nvfp4Block block, const RecipeOptions&) {
    const float quotient = max_magnitude(block) / (kE2m1Max * t);
    const float scale = quotient == 0 ? 1.0f : quotient;
    const std::uint8_t code = encode<kE4m3>(std::clamp(scale, 0x1p-9f, kE4m3Max));
    return {code, decode<kE4m3>(code) * t};
  }

  static std::uint8_t element(float x, float step) { return modelopt_cast_e2m1(x / step); }
  static float block_scale(std::uint8_t code) { return decode<kE4m3>(code); }
  static float dequantize(float q, float s, float tensor_scale) { return q * (s * tensor_scale); }
};

}  // namespace assay
