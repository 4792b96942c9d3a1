// SPDX-License-Identifier: Apache-2.0
// NVIDIA Transformer Engine's CUDA kernels, 1x16 blocks, no Hadamard transform, nearest rounding,
// without its fast-math option. The tensor stores its amax.
#pragma once

#include <limits>

#include "reference/quantize/quantize_blocks.hpp"
#include "reference/quantize/recipes/element_casts.hpp"

namespace assay {

struct TransformerEngine {
  static constexpr RecipeInfo info{
      .name = "transformer_engine",
      .element = Format::e2m1,
      .block_scale = Format::e4m3,
      .block_size = kNvfp4BlockSize,
      .tensor_scale = TensorScale::amax,
      .tensor_scale_formula = "amax; S = min(2688 / amax, FLT_MAX)",
      .block_scale_formula = "s = E4M3(b * (S * fl(1/6)))",
      .zero_rule = "s = 0 makes the element factor FLT_MAX",
      .element_formula = "cvt(x * min(1 / (s * (1 / S)), FLT_MAX))",
      .dequantize_formula = "q * ((s * amax) * fl(1/2688))",
      .source =
          "NVIDIA/TransformerEngine, transformer_engine/common/cast/nvfp4/core_nvfp4.cuh, 0718c01, "
          "and dequantize_nvfp4.cuh, 05f0183",
  };

  static float tensor_scale(float amax) { return amax; }

  // The kernels have S = 1 for a tensor of zeros, which no code or scale shows.
  static float encode_scale(float amax) {
    return std::min(2688.0f / amax, std::numeric_limits<float>::max());
  }

  static BlockStep block_step(float amax, Nvfp4Block block, const RecipeOptions&) {
    const float encode_scale = TransformerEngine::encode_scale(amax);
    const std::uint8_t code = encode<kE4m3>(max_magnitude(block) * (encode_scale * (1.0f / 6.0f)));
    const float decode_scale = decode<kE4m3>(code) * (1.0f / encode_scale);
    return {code, std::min(1.0f / decode_scale, std::numeric_limits<float>::max())};
  }

  static std::uint8_t element(float x, float step) { return cvt_e2m1(x * step); }
  static float block_scale(std::uint8_t code) { return decode<kE4m3>(code); }
  static float dequantize(float q, float s, float amax) { return q * (s * amax * (1.0f / 2688)); }
};

}  // namespace assay
