// SPDX-License-Identifier: Apache-2.0
// Recipes that go wrong outside of their formulas: at a block's ends, in memory, in what is stored.
// Each starts from the right result of ModelOpt's recipe.
#pragma once

#include <algorithm>
#include <vector>

#include "reference/format/scale_layout.hpp"
#include "reference/quantize/recipes/modelopt.hpp"

namespace assay::wrong_recipe {

inline void nibbles_swapped(const RecipeOptions& options, std::span<const float> values,
                            const QuantizedDst& dst) {
  quantize_matrix<Modelopt>(options, values, dst);
  swap_nibbles(dst.codes);
}

inline void stored_reciprocal(const RecipeOptions& options, std::span<const float> values,
                              const QuantizedDst& dst) {
  quantize_matrix<Modelopt>(options, values, dst);
  *dst.tensor_scale = 1 / *dst.tensor_scale;
}

// Block by block under a given tensor scale, each block's scale taken from 16 values that start at
// scale_source(block).
template <typename ScaleSource>
void quantize_with(float tensor_scale, ScaleSource scale_source, std::span<const float> values,
                   const QuantizedDst& dst) {
  *dst.tensor_scale = tensor_scale;
  for (std::size_t b = 0; b < dst.block_scales.size(); ++b) {
    const Nvfp4Block source(&values[scale_source(b)], kNvfp4BlockLength);
    const BlockStep step = Modelopt::block_step(tensor_scale, source, {});
    dst.block_scales[b] = step.scale;
    for (std::size_t i = b * kNvfp4BlockLength; i < (b + 1) * kNvfp4BlockLength; i += 2)
      dst.codes[i / 2] = pack_e2m1x2(Modelopt::element(values[i], step.step),
                                     Modelopt::element(values[i + 1], step.step));
  }
}

inline std::size_t own_block(std::size_t block) {
  return block * kNvfp4BlockLength;
}

inline void stale_block_amax(const RecipeOptions&, std::span<const float> values,
                             const QuantizedDst& dst) {
  const auto previous = [](std::size_t b) { return own_block(b == 0 ? 0 : b - 1); };
  quantize_with(Modelopt::tensor_scale(max_magnitude(values)), previous, values, dst);
}

inline void block_starts_late(const RecipeOptions&, std::span<const float> values,
                              const QuantizedDst& dst) {
  const auto late = [&](std::size_t b) {
    return std::min(own_block(b) + 1, values.size() - kNvfp4BlockLength);
  };
  quantize_with(Modelopt::tensor_scale(max_magnitude(values)), late, values, dst);
}

inline void signed_tensor_max(const RecipeOptions&, std::span<const float> values,
                              const QuantizedDst& dst) {
  const float largest = std::max(0.0f, *std::ranges::max_element(values));
  quantize_with(Modelopt::tensor_scale(largest), own_block, values, dst);
}

// The amax of the first row alone stands for the tensor's.
inline void first_block_is_tensor_amax(const RecipeOptions&, std::span<const float> values,
                                       const QuantizedDst& dst) {
  const float amax = max_magnitude(values.first(kNvfp4BlockLength));
  quantize_with(Modelopt::tensor_scale(amax), own_block, values, dst);
}

}  // namespace assay::wrong_recipe
