// SPDX-License-Identifier: Apache-2.0
#include "cuda/backend/moe_plan.hpp"

#include <algorithm>

#include "cuda/kernels/moe_parameters.hpp"
#include "cuda/kernels/projection_shape.hpp"

namespace assay::cuda {
namespace {

constexpr std::int64_t kMaxGridY = 65535;  // CUDA C++ programming guide, technical specifications

CudaStatus check_extent(const char* name, std::int64_t value, std::int64_t limit,
                        std::int64_t multiple) {
  if (value >= 1 && value <= limit && value % multiple == 0) return {};
  return cuda_fail(CudaErrorCode::invalid_argument, "{}: {} is not {}from 1 to {}", name, value,
                   multiple > 1 ? fmt::format("a multiple of {} ", multiple) : "", limit);
}

std::int64_t padded(std::int64_t columns) {
  return std::int64_t{steps_of(static_cast<int>(columns))} * kStepColumns;
}

class Layout {
 public:
  std::size_t add(std::int64_t bytes) {
    const std::size_t begin = end_;
    end_ += (static_cast<std::size_t>(bytes) + 255) / 256 * 256;
    return begin;
  }
  std::size_t end() const { return end_; }

 private:
  std::size_t end_ = 0;
};

MoeWorkspace lay_out(const MoeExtents& extents, std::int64_t tokens, const MoePlan& plan) {
  Layout layout;
  MoeWorkspace workspace{};
  workspace.hidden_q = layout.add(tokens * padded(extents.hidden_size));
  workspace.mul_q = layout.add(plan.slots * padded(extents.intermediate_size));
  workspace.down = layout.add(plan.slots * extents.hidden_size * 4);
  workspace.grouped = layout.add(plan.slots * 4);
  workspace.tiles = layout.add(plan.max_tiles * static_cast<std::int64_t>(sizeof(MoeTile)));
  workspace.tile_count = layout.add(4);
  workspace.bytes = layout.end();
  return workspace;
}

unsigned row_blocks(std::int64_t rows) {
  return static_cast<unsigned>((rows + kBlockRows - 1) / kBlockRows);
}

int tile_slots_for(std::int64_t tokens) {
  return tokens <= 8 ? kTileSlots[0] : tokens <= 16 ? kTileSlots[1] : kTileSlots[2];
}

// The most tiles that `slots` make, whatever the routing is: an expert's first slot opens one, and
// each tile_slots of the rest one more.
std::int64_t tile_bound(std::int64_t slots, std::int64_t experts, std::int64_t tile_slots) {
  const std::int64_t opened = std::min(experts, slots);
  return opened + (slots - opened) / tile_slots;
}

}  // namespace

CudaStatus check_extents(const MoeExtents& extents) {
  ASSAY_TRY(check_extent("hidden_size", extents.hidden_size, kMaxExtent, 16));
  ASSAY_TRY(check_extent("intermediate_size", extents.intermediate_size, kMaxExtent, 16));
  ASSAY_TRY(check_extent("num_experts", extents.num_experts, kMaxExperts, 1));
  ASSAY_TRY(check_extent("top_k", extents.top_k, kMaxExperts, 1));
  return check_extent("num_experts * hidden_size * intermediate_size",
                      extents.num_experts * extents.hidden_size * extents.intermediate_size,
                      kMaxMatrixElements, 1);
}

std::int64_t max_tokens(const MoeExtents& extents) {
  constexpr std::int64_t tile_slots = kTileSlots[2];
  const std::int64_t experts = extents.num_experts;
  return (experts + (kMaxGridY - experts + 1) * tile_slots - 1) / extents.top_k;
}

CudaResult<MoePlan> plan_moe(const MoeExtents& extents, std::int64_t tokens) {
  ASSAY_TRY(check_extents(extents));
  if (tokens < 1 || tokens > max_tokens(extents))
    return cuda_fail(CudaErrorCode::invalid_argument,
                     "tokens: {} is not from 1 to {}, the most that a call of this layer takes",
                     tokens, max_tokens(extents));
  MoePlan plan{};
  plan.tile_slots = tile_slots_for(tokens);
  plan.slots = tokens * extents.top_k;
  plan.max_tiles = tile_bound(plan.slots, extents.num_experts, plan.tile_slots);
  plan.gate_up_blocks = row_blocks(padded(extents.intermediate_size));
  plan.down_blocks = row_blocks(extents.hidden_size);
  const auto stages = static_cast<unsigned>(ring_stages(plan.tile_slots));
  plan.gate_up_shared_bytes = stages * stage_bytes(2, plan.tile_slots);
  plan.down_shared_bytes = stages * stage_bytes(1, plan.tile_slots);
  plan.workspace = lay_out(extents, tokens, plan);
  return plan;
}

}  // namespace assay::cuda
