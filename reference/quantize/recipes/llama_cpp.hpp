// SPDX-License-Identifier: Apache-2.0
// llama.cpp's GGML_TYPE_NVFP4 (ggml-quants.c, ggml-impl.h): no tensor scale. Its UE4M3 rounds half
// up on one bit, and its exponent field 15 holds one value only: 248 and above become 448. Elements
// are found by comparing distances, and the first of equals wins.
#pragma once

#include <array>
#include <cmath>

#include "reference/quantize/quantize_blocks.hpp"

namespace assay {

struct LlamaCpp {
  static constexpr RecipeInfo info{
      .name = "llama_cpp",
      .element = Format::e2m1,
      .block_scale = Format::ue4m3,
      .block_size = kNvfp4BlockSize,
      .tensor_scale = TensorScale::none,
      .tensor_scale_formula = "none",
      .block_scale_formula =
          "s = UE4M3(b / 6): half up on the first dropped bit; 248 and above give 448",
      .zero_rule = "s = 0 gives codes 0x0",
      .element_formula = "the first code of least |2 q * (s / 2) - x|; never 0x8",
      .dequantize_formula = "2 q * (s / 2)",
      .source =
          "ggml-org/llama.cpp, ggml/src/ggml-impl.h, 0096646; ggml/src/ggml-quants.c, "
          "quantize_row_nvfp4_ref (read in copies)",
  };

  static float tensor_scale(float) { return 1.0f; }

  static std::uint8_t encode_scale(float x) {
    constexpr std::uint8_t kLargest = 0x7E;
    const auto bits = std::bit_cast<std::uint32_t>(x);
    const int exponent = static_cast<int>(bits >> kF32FractionBits) - 127 + 7;
    if (exponent <= 0) {
      return static_cast<std::uint8_t>(std::min(static_cast<int>(x * 512.0f + 0.5f), 7));
    }
    // Rounding up the largest fraction carries into the exponent.
    const std::uint32_t fraction = ((bits >> 20) & 7) + ((bits >> 19) & 1);
    const std::uint32_t code = (static_cast<std::uint32_t>(exponent) << 3) + fraction;
    return exponent >= 15 || code >= (15u << 3) ? kLargest : static_cast<std::uint8_t>(code);
  }

  static BlockStep block_step(float, Nvfp4Block block, const RecipeOptions&) {
    const std::uint8_t code = encode_scale(max_magnitude(block) / 6.0f);
    return {code, block_scale(code) * 0.5f};
  }

  // The source compares x with all 16 codes. A code of the other sign is never nearer than 0x0,
  // which comes first, so the magnitudes decide.
  static std::uint8_t element(float x, float half_scale) {
    constexpr std::array<float, 8> kDoubled{0, 1, 2, 3, 4, 6, 8, 12};
    const float magnitude = std::fabs(x);
    const std::uint32_t is_negative = x < 0;
    std::uint32_t best = 0;
    float best_error = magnitude;
    for (std::uint32_t code = 1; code < kDoubled.size(); ++code) {
      const float error = std::fabs(kDoubled[code] * half_scale - magnitude);
      best = error < best_error ? code : best;
      best_error = std::min(error, best_error);
    }
    return static_cast<std::uint8_t>(best | (is_negative & std::min(best, 1u)) << 3);
  }

  static float block_scale(std::uint8_t code) { return decode<kUe4m3>(code); }
  // Its table of doubled values holds integers, so the code 0x8 stands for +0.
  static float dequantize(float q, float s, float) { return (2 * q + 0.0f) * (s * 0.5f); }
};

}  // namespace assay
