// SPDX-License-Identifier: Apache-2.0
// vLLM's compressed-tensors (llm-compressor writes with it): weights held in binary32, so that no
// intermediate is narrowed.
#pragma once

#include "reference/quantize/quantize_blocks.hpp"
#include "reference/quantize/recipes/element_casts.hpp"

namespace assay {

struct CompressedTensors {
  static constexpr RecipeInfo info{
      .name = "compressed_tensors",
      .element = Format::e2m1,
      .block_scale = Format::e4m3,
      .block_size = kNvfp4BlockSize,
      .tensor_scale = TensorScale::encode,
      .tensor_scale_formula = "S = 2688 / max(amax, 2^-126)",
      .block_scale_formula = "s = E4M3(clamp(S * (b / 6), -448, 448))",
      .zero_rule = "s = 0 becomes 0.125; amax = 0 gives S = Inf and NaN scales",
      .element_formula = "compare(clamp(x / (s / S), -6, 6))",
      .dequantize_formula = "q * (s / S)",
      .source =
          "vllm-project/compressed-tensors, "
          "src/compressed_tensors/quantization/lifecycle/forward.py and "
          "compressors/nvfp4/helpers.py, 01dd1a5, quantization/utils/helpers.py, 04a58ff",
  };

  static float tensor_scale(float amax) { return 2688.0f / std::max(amax, 0x1p-126f); }

  static BlockStep block_step(float encode_scale, Nvfp4Block block, const RecipeOptions&) {
    constexpr std::uint8_t kOneEighth = 0x20;
    const std::uint8_t rounded = encode<kE4m3>(encode_scale * (max_magnitude(block) / 6.0f));
    const std::uint8_t code = rounded == 0 ? kOneEighth : rounded;
    return {code, decode<kE4m3>(code) / encode_scale};
  }

  static std::uint8_t element(float x, float step) { return compare_cast_e2m1(x / step); }
  static float block_scale(std::uint8_t code) { return decode<kE4m3>(code); }
  static float dequantize(float q, float s, float encode_scale) { return q * (s / encode_scale); }
};

}  // namespace assay
