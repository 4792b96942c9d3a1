// SPDX-License-Identifier: Apache-2.0
// vLLM's emulation of NVFP4 in Triton, for devices without FP4. It works on values; the codes here
// are those of its values.
#pragma once

#include "reference/quantize/quantize_blocks.hpp"
#include "reference/quantize/recipes/element_casts.hpp"

namespace assay {

struct VllmEmulation {
  static constexpr RecipeInfo info{
      .name = "vllm_emulation",
      .element = Format::e2m1,
      .block_scale = Format::e4m3,
      .block_size = kNvfp4BlockSize,
      .tensor_scale = TensorScale::encode,
      .tensor_scale_formula = "S = 2688 / amax",
      .block_scale_formula = "s = E4M3(clamp(S * (b * fl(1/6)), -448, 448))",
      .zero_rule = "amax = 0 gives S = Inf and NaN scales; s = 0 gives the element factor 0",
      .element_formula = "compare(clamp(x * (S / s), -6, 6))",
      .dequantize_formula = "q * (s / S)",
      .source =
          "vllm-project/vllm, "
          "vllm/model_executor/layers/quantization/utils/nvfp4_emulation_utils.py, 055e47c",
  };

  static float tensor_scale(float amax) { return 2688.0f / amax; }

  static BlockStep block_step(float encode_scale, Nvfp4Block block, const RecipeOptions&) {
    const std::uint8_t code = encode<kE4m3>(encode_scale * (max_magnitude(block) * (1.0f / 6.0f)));
    return {code, code == 0 ? 0.0f : encode_scale / decode<kE4m3>(code)};
  }

  static std::uint8_t element(float x, float step) { return compare_cast_e2m1(x * step); }
  static float block_scale(std::uint8_t code) { return decode<kE4m3>(code); }
  static float dequantize(float q, float s, float encode_scale) { return q * (s / encode_scale); }
};

}  // namespace assay
