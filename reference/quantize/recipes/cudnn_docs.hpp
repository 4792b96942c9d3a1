// SPDX-License-Identifier: Apache-2.0
// NVIDIA cuDNN's block scale quantize as its documentation states it: the block scale is rounded
// up, so that no element saturates. Users have seen the library differ from the page.
#pragma once

#include "reference/format/e4m3.hpp"
#include "reference/quantize/quantize_blocks.hpp"
#include "reference/quantize/recipes/element_casts.hpp"

namespace assay {

struct CudnnDocs {
  static constexpr RecipeInfo info{
      .name = "cudnn_docs",
      .element = Format::e2m1,
      .block_scale = Format::e4m3,
      .block_size = kNvfp4BlockSize,
      .tensor_scale = TensorScale::none,
      .tensor_scale_formula = "none",
      .block_scale_formula = "s = E4M3 of b / 6, rounded up; above 448 it is 448",
      .zero_rule = "s = 0 gives codes 0x0 (our rule: the page has none)",
      .element_formula = "cvt(x / s)",
      .dequantize_formula = "q * s",
      .source = "as described in NVIDIA cuDNN frontend documentation, operations/BlockScaling",
  };

  static float tensor_scale(float) { return 1.0f; }

  static std::uint8_t encode_up(float x) {
    const float clamped = std::min(x, kE4m3Max);
    const std::uint8_t nearest = encode<kE4m3>(clamped);
    return static_cast<std::uint8_t>(nearest + (decode<kE4m3>(nearest) < clamped));
  }

  static BlockStep block_step(float, Nvfp4Block block, const RecipeOptions&) {
    const std::uint8_t code = encode_up(max_magnitude(block) / 6.0f);
    return {code, decode<kE4m3>(code)};
  }

  static std::uint8_t element(float x, float step) {
    return step == 0 ? std::uint8_t{0} : cvt_e2m1(x / step);
  }
  static float block_scale(std::uint8_t code) { return decode<kE4m3>(code); }
  static float dequantize(float q, float s, float) { return q * s; }
};

}  // namespace assay
