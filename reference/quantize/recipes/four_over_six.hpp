// SPDX-License-Identifier: Apache-2.0
// Four over Six (MIT Han Lab), rule mse: each block is scaled so that its amax becomes 6 or 4,
// whichever gives the smaller sum of squared errors. As its Triton kernel computes it, with the sum
// in the order of the elements and every operation rounded.
#pragma once

#include "reference/quantize/quantize_blocks.hpp"
#include "reference/quantize/recipes/element_casts.hpp"

namespace assay {

struct FourOverSix {
  static constexpr RecipeInfo info{
      .name = "four_over_six",
      .element = Format::e2m1,
      .block_scale = Format::e4m3,
      .block_size = kNvfp4BlockSize,
      .tensor_scale = TensorScale::amax,
      .tensor_scale_formula = "amax; S = 1536 / amax",
      .block_scale_formula =
          "s6 = E4M3((b / 6) * S), s4 = E4M3(((b / 6) * S) * 1.5); s4 if its squared error is less",
      .zero_rule = "amax = 0 or 0 * Inf gives s = 0; s = 0 gives codes 0x0",
      .element_formula = "cvt(x * (1 / ((1 / S) * s)))",
      .dequantize_formula = "((q * s) * amax) / 1536",
      .source =
          "mit-han-lab/fouroversix, src/fouroversix/kernels/triton/quantize.py and fp4.py, 00e7033",
  };

  static float tensor_scale(float amax) { return amax; }

  static BlockStep candidate(float amax, float scale) {
    const std::uint8_t code = encode<kE4m3>(scale);
    const float decode_scale = 1.0f / (1536.0f / amax);
    return {code, code == 0 ? 0.0f : 1.0f / (decode_scale * decode<kE4m3>(code))};
  }

  static float squared_error(float amax, Nvfp4Block block, BlockStep candidate) {
    const float scale = block_scale(candidate.scale);
    float sum = 0;
    for (const float x : block) {
      const float q = decode<kE2m1>(element(x, candidate.step));
      const float difference = dequantize(q, scale, amax) - x;
      sum += difference * difference;
    }
    return sum;
  }

  static BlockStep block_step(float amax, Nvfp4Block block, const RecipeOptions&) {
    const float sixth = max_magnitude(block) / 6.0f;
    const float scale = sixth == 0 ? 0.0f : sixth * (1536.0f / amax);
    const BlockStep six = candidate(amax, scale);
    const BlockStep four = candidate(amax, scale * 1.5f);
    return squared_error(amax, block, four) < squared_error(amax, block, six) ? four : six;
  }

  static std::uint8_t element(float x, float step) {
    return step == 0 ? std::uint8_t{0} : cvt_e2m1(x * step);
  }
  static float block_scale(std::uint8_t code) { return decode<kE4m3>(code); }
  static float dequantize(float q, float s, float amax) { return q * s * amax / 1536.0f; }
};

}  // namespace assay
