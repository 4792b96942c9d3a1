// SPDX-License-Identifier: Apache-2.0
// Parameters of the MoE kernels, as host and device see them. Pointers are device addresses; shapes
// in brackets, T tokens, K slots a token, E experts, H hidden, I intermediate size; padded extents
// are whole steps (lane_order.hpp).
#pragma once

#include <cstdint>

namespace assay::cuda {

// Up to `count` slots of one expert, from position `first` of the grouped slots.
struct MoeTile {
  std::int32_t expert, first, count, unused;
};

struct MoeRouting {
  const std::int32_t* experts;  // [T, K], selected_experts_for_tokens
  std::int32_t slots;           // T * K
  std::int32_t num_experts;
  std::int32_t tile_slots;  // the most slots of a tile
  std::int32_t* grouped;    // [T * K]: slots, by expert, ascending
  MoeTile* tiles;
  std::int32_t* tile_count;
};

// hidden_states as values or as codes; one of the two is null.
struct MoeHidden {
  const float* values;        // [T, H]
  const std::uint8_t* codes;  // [T, H]
  float scale;
  std::int32_t hidden_size;
  std::uint8_t* out;  // [T, H padded], lane order, padding 0
};

struct MoeMatrix {
  const std::uint8_t* codes;   // [E, rows / 16, steps, 512]
  const std::uint8_t* scales;  // [E, rows / 16, steps, 64]
  const float* dbl_q_scale;    // [E]
  const float* bias;           // [E, rows] or null
};

// One projection, or two of the same rows that are multiplied (gate and up).
struct MoeProjectionCall {
  MoeMatrix matrix[2];
  const std::uint8_t* activations;  // [T or T * K, columns padded], lane order
  const std::int32_t* grouped;
  const MoeTile* tiles;
  const std::int32_t* tile_count;
  std::int32_t rows, steps;
  std::int32_t slots_per_row;      // of activations: K where they are of tokens, 1 where of slots
  const float* down_scale;         // fc_down_activation_scale, [1] or [E]
  std::int32_t down_scale_stride;  // 0 or 1
  float hidden_scale;
  void* out;  // gate and up: mul_q [T * K, I padded] in lane order; down: float [T * K, H]
};

struct MoeCombine {
  const float* down;            // [T * K, H]
  const float* scores;          // [T, K]
  const std::int32_t* experts;  // [T, K]
  std::int32_t top_k, num_experts, hidden_size;
  float* out;  // [T, H]
};

struct MoePrepack {
  const std::uint8_t* codes;   // [E * rows, columns / 2], low nibble first
  const std::uint8_t* scales;  // [E * rows, columns / 16]
  std::int32_t columns, steps;
  std::int64_t tiles;  // E * rows / 16
  std::uint8_t* packed_codes;
  std::uint8_t* packed_scales;
};

}  // namespace assay::cuda
