// SPDX-License-Identifier: Apache-2.0
// PyTorch's torchao, two-level scaling. The lower bound of a block scale is 2^-6, E4M3's smallest
// normal value, because torch.finfo(...).tiny is.
#pragma once

#include "reference/quantize/quantize_blocks.hpp"
#include "reference/quantize/recipes/element_casts.hpp"

namespace assay {

struct Torchao {
  static constexpr RecipeInfo info{
      .name = "torchao",
      .element = Format::e2m1,
      .block_scale = Format::e4m3,
      .block_size = kNvfp4BlockSize,
      .tensor_scale = TensorScale::decode,
      .tensor_scale_formula = "t = amax / 2688",
      .block_scale_formula = "s = E4M3(clamp((b / 6) / t, 2^-6, 448))",
      .zero_rule = "none: t = 0 gives NaN scales; b = 0 gives s = 2^-6",
      .element_formula = "torchao(clamp(x * ((1 / t) / s), -6, 6))",
      .dequantize_formula = "q * (t * s)",
      .source =
          "pytorch/ao, torchao/prototype/mx_formats/nvfp4_tensor.py, 02a1bc4; the reciprocal "
          "of the scales as described for 36027d8",
  };

  static float tensor_scale(float amax) { return amax / 2688.0f; }

  static BlockStep block_step(float t, Nvfp4Block block, const RecipeOptions&) {
    const float scale = max_magnitude(block) / 6.0f / t;
    const std::uint8_t code = encode<kE4m3>(std::clamp(scale, 0x1p-6f, 448.0f));
    return {code, 1.0f / t / decode<kE4m3>(code)};
  }

  static std::uint8_t element(float x, float step) { return torchao_cast_e2m1(x * step); }
  static float block_scale(std::uint8_t code) { return decode<kE4m3>(code); }
  static float dequantize(float q, float s, float t) { return q * (t * s); }
};

}  // namespace assay
