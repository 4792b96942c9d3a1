// SPDX-License-Identifier: Apache-2.0
// FlashInfer's NVFP4 kernel without fast math; meant to equal Transformer Engine's bits. The caller
// computes the tensor scale with FlashInfer's make_nvfp4_global_scale.
#pragma once

#include <limits>

#include "reference/quantize/quantize_blocks.hpp"
#include "reference/quantize/recipes/element_casts.hpp"

namespace assay {

struct FlashinferExact {
  static constexpr RecipeInfo info{
      .name = "flashinfer_exact",
      .element = Format::e2m1,
      .block_scale = Format::e4m3,
      .block_size = kNvfp4BlockSize,
      .tensor_scale = TensorScale::encode,
      .tensor_scale_formula = "S = 2688 / amax",
      .block_scale_formula = "s = E4M3(b * (S * fl(1/6)))",
      .zero_rule = "amax = 0 gives S = FLT_MAX; b = 0 gives s = 0 and the element factor 0",
      .element_formula = "cvt(x * min(1 / (s * (1 / S)), FLT_MAX))",
      .dequantize_formula = "q * (s * (1 / S))",
      .source =
          "flashinfer-ai/flashinfer, csrc/nv_internal/tensorrt_llm/kernels/"
          "quantization_utils.cuh, 014327a; the bound FLT_MAX as described for fb28d72",
  };

  static float tensor_scale(float amax) {
    return amax == 0 ? std::numeric_limits<float>::max() : 2688.0f / amax;
  }

  static BlockStep block_step(float encode_scale, Nvfp4Block block, const RecipeOptions&) {
    const float block_amax = max_magnitude(block);
    if (block_amax == 0) return {0, 0.0f};
    const std::uint8_t code = encode<kE4m3>(block_amax * (encode_scale * (1.0f / 6.0f)));
    const float decode_scale = decode<kE4m3>(code) * (1.0f / encode_scale);
    return {code, std::min(1.0f / decode_scale, std::numeric_limits<float>::max())};
  }

  static std::uint8_t element(float x, float step) { return cvt_e2m1(x * step); }
  static float block_scale(std::uint8_t code) { return decode<kE4m3>(code); }
  static float dequantize(float q, float s, float encode_scale) {
    return q * (s * (1.0f / encode_scale));
  }
};

}  // namespace assay
