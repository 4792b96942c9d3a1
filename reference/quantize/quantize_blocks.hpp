// SPDX-License-Identifier: Apache-2.0
// The loop of every NVFP4 recipe. A recipe is a struct of static functions, so that its arithmetic
// can be read on one screen (recipes/*.hpp) and a variant can replace one function:
//   info                                      its row of facts
//   tensor_scale(amax)                        what is stored for the tensor
//   block_step(tensor_scale, block, options)  the scale's code, and the step that element() takes
//   element(x, step)                          the E2M1 code of one element
//   block_scale(code)                         the code's value
//   dequantize(q, s, tensor_scale)            the value of an element q in a block with the scale s
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

#include "reference/format/convert.hpp"
#include "reference/format/e2m1.hpp"
#include "reference/format/nvfp4_block.hpp"
#include "reference/multiversion.hpp"
#include "reference/quantize/amax.hpp"
#include "reference/quantize/recipe.hpp"

namespace assay {

inline constexpr auto kNvfp4BlockLength = static_cast<std::size_t>(kNvfp4BlockSize);
using Nvfp4Block = std::span<const float, kNvfp4BlockLength>;

struct BlockStep {
  std::uint8_t scale;  // code
  float step;          // divides or multiplies the elements, as the recipe has it
};

// Of a block, inline: a tensor's is found by max_magnitude_bits.
inline float max_magnitude(std::span<const float> values) {
  std::uint32_t bits = 0;
  for (const float value : values) {
    bits = std::max(bits, std::bit_cast<std::uint32_t>(value) & ~kF32SignBit);
  }
  return std::bit_cast<float>(bits);
}

// Over a tile of blocks at once, because compilers vectorize flat loops and not loops of 16.
template <class Recipe>
ASSAY_MULTIVERSION void encode_elements(const float* values, const float* steps, std::size_t count,
                                        std::uint8_t* codes) {
  for (std::size_t i = 0; i < count; ++i) {
    codes[i] = Recipe::element(values[i], steps[i]);
  }
}

// Preconditions of both: what recipe_entry.hpp says.
template <class Recipe>
void quantize_matrix(const RecipeOptions& options, std::span<const float> values,
                     const QuantizedDst& dst) {
  assert(dst.codes.size() * 2 == values.size());
  assert(dst.block_scales.size() * kNvfp4BlockLength == values.size());
  const float tensor_scale = Recipe::tensor_scale(std::bit_cast<float>(max_magnitude_bits(values)));
  if (Recipe::info.tensor_scale != TensorScale::none) *dst.tensor_scale = tensor_scale;
  constexpr std::size_t kTileBlocks = 16;
  constexpr std::size_t kTileElements = kTileBlocks * kNvfp4BlockLength;
  std::array<float, kTileElements> steps;
  std::array<std::uint8_t, kTileElements> codes;
  for (std::size_t first = 0; first < dst.block_scales.size(); first += kTileBlocks) {
    const std::size_t blocks = std::min(kTileBlocks, dst.block_scales.size() - first);
    const float* tile = &values[first * kNvfp4BlockLength];
    for (std::size_t b = 0; b < blocks; ++b) {
      const Nvfp4Block block(tile + b * kNvfp4BlockLength, kNvfp4BlockLength);
      const BlockStep block_step = Recipe::block_step(tensor_scale, block, options);
      dst.block_scales[first + b] = block_step.scale;
      std::fill_n(&steps[b * kNvfp4BlockLength], kNvfp4BlockLength, block_step.step);
    }
    const std::size_t count = blocks * kNvfp4BlockLength;
    encode_elements<Recipe>(tile, steps.data(), count, codes.data());
    for (std::size_t i = 0; i < count; i += 2) {
      dst.codes[(first * kNvfp4BlockLength + i) / 2] = pack_e2m1x2(codes[i], codes[i + 1]);
    }
  }
}

template <class Recipe>
void dequantize_matrix(const QuantizedSrc& src, std::span<float> values) {
  assert(src.codes.size() * 2 == values.size());
  assert(src.block_scales.size() * kNvfp4BlockLength == values.size());
  for (std::size_t b = 0; b < src.block_scales.size(); ++b) {
    const float scale = Recipe::block_scale(src.block_scales[b]);
    for (std::size_t i = b * kNvfp4BlockLength; i < (b + 1) * kNvfp4BlockLength; ++i) {
      const std::uint8_t code = unpack_e2m1(src.codes[i / 2], static_cast<std::int64_t>(i));
      values[i] = Recipe::dequantize(decode<kE2m1>(code), scale, src.tensor_scale);
    }
  }
}

}  // namespace assay
