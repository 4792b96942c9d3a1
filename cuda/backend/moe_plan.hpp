// SPDX-License-Identifier: Apache-2.0
// What a layer call launches, as a function of extents alone: tile sizes, grids, and where
// intermediate results stand in the workspace. No bit of the result depends on it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/backend/error.hpp"

namespace assay::cuda {

struct MoeExtents {
  std::int64_t hidden_size = 0;        // a multiple of 16
  std::int64_t intermediate_size = 0;  // a multiple of 16
  std::int64_t num_experts = 0;
  std::int64_t top_k = 0;
};

inline constexpr std::int64_t kMaxExtent = 1 << 20;  // of hidden and intermediate size
inline constexpr std::int64_t kMaxExperts = 8192;    // routing counts them in 32 KiB; top_k too
// Of one projection's weights, 512 GiB: so far the grids of the packing kernels reach.
inline constexpr std::int64_t kMaxMatrixElements = std::int64_t{1} << 40;

// Error (invalid_argument): the first extent that no kernel serves, by name.
CudaStatus check_extents(const MoeExtents& extents);

// Offsets of the arrays in the workspace, all multiples of 256.
struct MoeWorkspace {
  std::size_t hidden_q;    // [T, H padded], E4M3 in lane order
  std::size_t mul_q;       // [T * K, I padded], E4M3 in lane order
  std::size_t down;        // [T * K, H], binary32
  std::size_t grouped;     // [T * K], int32
  std::size_t tiles;       // [max_tiles], MoeTile
  std::size_t tile_count;  // int32
  std::size_t bytes;
};

struct MoePlan {
  std::int64_t slots;                    // T * K
  int tile_slots;                        // one of kTileSlots
  std::int64_t max_tiles;                // whatever the routing is
  unsigned gate_up_blocks, down_blocks;  // of kBlockRows rows
  unsigned gate_up_shared_bytes, down_shared_bytes;
  MoeWorkspace workspace;
};

// The most tokens of one call: the tiles of any routing must fit a grid's y, 65535. At least 448.
std::int64_t max_tokens(const MoeExtents& extents);

// Decode kernels up to 16 tokens, where an expert rarely has more slots; prefill above. Error
// (invalid_argument): tokens below 1 or above max_tokens().
CudaResult<MoePlan> plan_moe(const MoeExtents& extents, std::int64_t tokens);

}  // namespace assay::cuda
