// SPDX-License-Identifier: Apache-2.0
// TensorRT's IMoELayer in its supported configuration: NVFP4 double-quantized weights, FP8 (E4M3)
// activations, SiLU, static FP8 quantization of the mul output. This header holds the layer's data
// and its check; run.hpp computes it; docs/numerics.md defines every stage.
#pragma once

#include <cstdint>
#include <span>

#include "reference/arithmetic/block_dot.hpp"
#include "reference/format/nvfp4_block.hpp"
#include "reference/moe/shape.hpp"
#include "reference/result.hpp"

namespace assay {

// One projection of all experts: [num_experts, rows, columns], blocks along the columns.
struct MoeProjection {
  std::span<const std::uint8_t> codes;         // [E, rows, columns / 2], E2M1, low nibble first
  std::span<const std::uint8_t> block_scales;  // [E, rows, columns / 16], E4M3, >= 0
  std::span<const float> dbl_q_scale;          // [E], positive and finite
  std::span<const float> bias;                 // [E, rows] or empty

  // `count` rows from row `first` of [E * rows, columns].
  Nvfp4Rows rows(std::int64_t first, std::int64_t count, std::int64_t columns) const {
    return {
        codes.subspan(first * columns / 2, count * columns / 2),
        block_scales.subspan(first * columns / kNvfp4BlockSize, count * columns / kNvfp4BlockSize),
        columns};
  }
};

// Views of a layer's tensors; the names in errors are those of the vector format (docs/vectors.md).
struct MoeInputs {
  MoeShape shape;
  // Exactly one of the two: values to be quantized, or E4M3 codes taken as they are. [B, S, H]
  std::span<const float> hidden_states;
  std::span<const std::uint8_t> hidden_states_codes;
  float hidden_states_scale = 1.0f;
  std::span<const std::int32_t> selected_experts_for_tokens;  // [B, S, K], duplicates legal
  std::span<const float> scores_for_selected_experts;         // [B, S, K]
  MoeProjection gate, up;                                     // rows I, columns H
  MoeProjection down;                                         // rows H, columns I
  std::span<const float> down_activation_scale;               // [] (one element) or [E]
};

// The first extent that is below 1, no multiple of 16 or too long for exact dots, as an error
// naming it.
Status validate(const MoeShape& shape);

// The first broken rule, as an error naming tensor and index: sizes, multiples of 16, expert ids in
// [0, E), scales positive and finite, block scales neither NaN nor negative, all biases or none.
Status validate(const MoeInputs& inputs);

}  // namespace assay
