// SPDX-License-Identifier: Apache-2.0
#include "cuda/backend/moe_layer.hpp"

#include <algorithm>
#include <iterator>

#include "cuda/backend/device_pointer.hpp"
#include "cuda/backend/moe_weights.hpp"
#include "cuda/kernels/moe_parameters.hpp"
#include "cuda/kernels/projection_shape.hpp"

namespace assay::cuda {
namespace {

constexpr unsigned kThreads = 256;       // of blocks that are not projections
constexpr unsigned kColumnsAThread = 4;  // of the kernels that go through rows

unsigned blocks_for(std::int64_t items) {
  return static_cast<unsigned>((items + kThreads - 1) / kThreads);
}

int narrow(std::int64_t extent) {
  return static_cast<int>(extent);  // check_extents() and plan_moe() bound them
}

std::size_t projection_index(int tile_slots) {
  return static_cast<std::size_t>(std::ranges::find(kTileSlots, tile_slots) -
                                  std::begin(kTileSlots));
}

}  // namespace

CudaResult<MoeLayer> MoeLayer::create(std::shared_ptr<const Device> device,
                                      const MoeExtents& extents, const MoeWeights& weights) {
  ASSAY_TRY(check_weights(extents, weights));
  MoeLayer layer;
  layer.device_ = std::move(device);
  layer.extents_ = extents;
  ASSAY_TRY(layer.load_functions());
  const std::int64_t hidden = extents.hidden_size, intermediate = extents.intermediate_size;
  ASSAY_ASSIGN(layer.gate_, layer.prepack("fc_gate", weights.gate, intermediate, hidden));
  ASSAY_ASSIGN(layer.up_, layer.prepack("fc_up", weights.up, intermediate, hidden));
  ASSAY_ASSIGN(layer.down_, layer.prepack("fc_down", weights.down, hidden, intermediate));
  ASSAY_ASSIGN(layer.down_scale_,
               Buffer::upload(layer.device_, std::as_bytes(weights.down_activation_scale),
                              "fc_down_activation_scale"));
  layer.is_down_scale_per_expert_ = weights.down_activation_scale.size() > 1;
  layer.hidden_scale_ = weights.hidden_states_scale;
  return layer;
}

CudaStatus MoeLayer::load_functions() {
  ASSAY_ASSIGN(quantize_hidden_, device_->kernel("moe_hidden", "moe_quantize_hidden"));
  ASSAY_ASSIGN(route_, device_->kernel("moe_routing", "moe_route"));
  ASSAY_ASSIGN(combine_, device_->kernel("moe_combine", "moe_combine"));
  for (const int slots : kTileSlots) {
    const auto stages = static_cast<unsigned>(ring_stages(slots));
    Functions& functions = projections_[projection_index(slots)];
    ASSAY_ASSIGN(functions.gate_up,
                 device_->kernel("moe_projection", fmt::format("moe_gate_up_{}", slots),
                                 stages * stage_bytes(2, slots)));
    ASSAY_ASSIGN(functions.down,
                 device_->kernel("moe_projection", fmt::format("moe_down_{}", slots),
                                 stages * stage_bytes(1, slots)));
  }
  return {};
}

CudaResult<MoeLayer::Matrix> MoeLayer::prepack(const char* name,
                                               const MoeProjectionWeights& weights,
                                               std::int64_t rows, std::int64_t columns) const {
  Matrix matrix;
  const std::string tensor = fmt::format("{}_weights", name);
  const int steps = steps_of(narrow(columns));
  const std::int64_t tiles = extents_.num_experts * rows / kTileRows;
  ASSAY_ASSIGN(const auto codes, Buffer::upload(device_, std::as_bytes(weights.codes), tensor));
  ASSAY_ASSIGN(const auto scales,
               Buffer::upload(device_, std::as_bytes(weights.block_scales), tensor + "_scale"));
  const auto bytes = static_cast<std::size_t>(tiles * steps);
  ASSAY_ASSIGN(matrix.codes,
               Buffer::allocate(device_, bytes * kStepCodeBytes, tensor + ", packed"));
  ASSAY_ASSIGN(matrix.scales,
               Buffer::allocate(device_, bytes * kStepScaleBytes, tensor + "_scale, packed"));
  ASSAY_ASSIGN(matrix.dbl_q_scale, Buffer::upload(device_, std::as_bytes(weights.dbl_q_scale),
                                                  tensor + "_dbl_q_scale"));
  ASSAY_ASSIGN(matrix.bias,
               Buffer::upload(device_, std::as_bytes(weights.bias), fmt::format("{}_bias", name)));
  ASSAY_ASSIGN(const CUfunction pack_codes, device_->kernel("moe_prepack", "moe_prepack_codes"));
  ASSAY_ASSIGN(const CUfunction pack_scales, device_->kernel("moe_prepack", "moe_prepack_scales"));
  ASSAY_ASSIGN(const auto current, CurrentContext::push(*device_));
  const MoePrepack call{pointer<const std::uint8_t>(codes.address()),
                        pointer<const std::uint8_t>(scales.address()),
                        narrow(columns),
                        steps,
                        tiles,
                        pointer<std::uint8_t>(matrix.codes.address()),
                        pointer<std::uint8_t>(matrix.scales.address())};
  ASSAY_TRY(launch(*device_, "moe_prepack_codes", pack_codes,
                   {.x = blocks_for(tiles * steps * 32), .threads = kThreads}, nullptr, call));
  ASSAY_TRY(launch(*device_, "moe_prepack_scales", pack_scales,
                   {.x = blocks_for(tiles * steps * 8), .threads = kThreads}, nullptr, call));
  ASSAY_CU(device_->driver(), tensor, cuStreamSynchronize, nullptr);
  return matrix;
}

CudaResult<std::size_t> MoeLayer::workspace_bytes(std::int64_t tokens) const {
  ASSAY_ASSIGN(const auto plan, plan_moe(extents_, tokens));
  return plan.workspace.bytes;
}

CudaResult<std::array<std::string, 5>> MoeLayer::kernels(std::int64_t tokens) const {
  ASSAY_ASSIGN(const auto plan, plan_moe(extents_, tokens));
  return std::array<std::string, 5>{"moe_quantize_hidden", "moe_route",
                                    fmt::format("moe_gate_up_{}", plan.tile_slots),
                                    fmt::format("moe_down_{}", plan.tile_slots), "moe_combine"};
}

CudaStatus MoeLayer::run(const MoeCall& call) const {
  ASSAY_ASSIGN(const auto plan, plan_moe(extents_, call.tokens));
  ASSAY_TRY(check_call(call, plan));
  ASSAY_ASSIGN(const auto current, CurrentContext::push(*device_));
  ASSAY_TRY(quantize_hidden(call, plan));
  ASSAY_TRY(route(call, plan));
  ASSAY_TRY(project(call, plan));
  return combine(call, plan);
}

CudaStatus MoeLayer::check_call(const MoeCall& call, const MoePlan& plan) const {
  if ((call.hidden_states == 0) == (call.hidden_states_codes == 0))
    return cuda_fail(CudaErrorCode::invalid_argument,
                     "hidden_states, hidden_states_codes: give one of the two");
  if (call.hidden_states != 0)
    ASSAY_TRY(check_pointer("hidden_states", call.hidden_states, 16));
  else
    ASSAY_TRY(check_pointer("hidden_states_codes", call.hidden_states_codes, 16));
  ASSAY_TRY(check_pointer("selected_experts_for_tokens", call.selected_experts_for_tokens, 4));
  ASSAY_TRY(check_pointer("scores_for_selected_experts", call.scores_for_selected_experts, 4));
  ASSAY_TRY(check_pointer("output", call.output, 16));
  ASSAY_TRY(check_pointer("workspace", call.workspace, 256));
  if (call.workspace_bytes >= plan.workspace.bytes) return {};
  return cuda_fail(CudaErrorCode::workspace_too_small, "workspace: has {} bytes, {} tokens need {}",
                   call.workspace_bytes, call.tokens, plan.workspace.bytes);
}

CudaStatus MoeLayer::quantize_hidden(const MoeCall& call, const MoePlan& plan) const {
  const int hidden = narrow(extents_.hidden_size);
  const MoeHidden hidden_call{pointer<const float>(call.hidden_states),
                              pointer<const std::uint8_t>(call.hidden_states_codes), hidden_scale_,
                              hidden,
                              pointer<std::uint8_t>(call.workspace + plan.workspace.hidden_q)};
  return launch(*device_, "moe_quantize_hidden", quantize_hidden_,
                {.x = static_cast<unsigned>(call.tokens),
                 .y = blocks_for(std::int64_t{steps_of(hidden)} * kStepColumns / kColumnsAThread),
                 .threads = kThreads},
                call.stream, hidden_call);
}

CudaStatus MoeLayer::route(const MoeCall& call, const MoePlan& plan) const {
  const MoeRouting routing{pointer<const std::int32_t>(call.selected_experts_for_tokens),
                           narrow(plan.slots),
                           narrow(extents_.num_experts),
                           plan.tile_slots,
                           pointer<std::int32_t>(call.workspace + plan.workspace.grouped),
                           pointer<MoeTile>(call.workspace + plan.workspace.tiles),
                           pointer<std::int32_t>(call.workspace + plan.workspace.tile_count)};
  const auto experts = static_cast<unsigned>(extents_.num_experts);
  return launch(*device_, "moe_route", route_,
                {.x = experts, .threads = kThreads, .shared_bytes = experts * 4}, call.stream,
                routing);
}

CudaStatus MoeLayer::project(const MoeCall& call, const MoePlan& plan) const {
  const auto view = [](const Matrix& matrix) {
    return MoeMatrix{pointer<const std::uint8_t>(matrix.codes.address()),
                     pointer<const std::uint8_t>(matrix.scales.address()),
                     pointer<const float>(matrix.dbl_q_scale.address()),
                     pointer<const float>(matrix.bias.address())};
  };
  const Functions& functions = projections_[projection_index(plan.tile_slots)];
  const auto tiles = static_cast<unsigned>(plan.max_tiles);
  MoeProjectionCall projection{};
  projection.grouped = pointer<const std::int32_t>(call.workspace + plan.workspace.grouped);
  projection.tiles = pointer<const MoeTile>(call.workspace + plan.workspace.tiles);
  projection.tile_count = pointer<const std::int32_t>(call.workspace + plan.workspace.tile_count);
  projection.down_scale = pointer<const float>(down_scale_.address());
  projection.down_scale_stride = is_down_scale_per_expert_ ? 1 : 0;
  projection.hidden_scale = hidden_scale_;

  projection.matrix[0] = view(gate_);
  projection.matrix[1] = view(up_);
  projection.activations = pointer<const std::uint8_t>(call.workspace + plan.workspace.hidden_q);
  projection.rows = narrow(extents_.intermediate_size);
  projection.steps = steps_of(narrow(extents_.hidden_size));
  projection.slots_per_row = narrow(extents_.top_k);
  projection.out = pointer<void>(call.workspace + plan.workspace.mul_q);
  ASSAY_TRY(launch(*device_, "moe_gate_up", functions.gate_up,
                   {.x = plan.gate_up_blocks,
                    .y = tiles,
                    .threads = kBlockThreads,
                    .shared_bytes = plan.gate_up_shared_bytes},
                   call.stream, projection));

  projection.matrix[0] = view(down_);
  projection.matrix[1] = {};
  projection.activations = pointer<const std::uint8_t>(call.workspace + plan.workspace.mul_q);
  projection.rows = narrow(extents_.hidden_size);
  projection.steps = steps_of(narrow(extents_.intermediate_size));
  projection.slots_per_row = 1;
  projection.out = pointer<void>(call.workspace + plan.workspace.down);
  return launch(*device_, "moe_down", functions.down,
                {.x = plan.down_blocks,
                 .y = tiles,
                 .threads = kBlockThreads,
                 .shared_bytes = plan.down_shared_bytes},
                call.stream, projection);
}

CudaStatus MoeLayer::combine(const MoeCall& call, const MoePlan& plan) const {
  const MoeCombine combine{pointer<const float>(call.workspace + plan.workspace.down),
                           pointer<const float>(call.scores_for_selected_experts),
                           pointer<const std::int32_t>(call.selected_experts_for_tokens),
                           narrow(extents_.top_k),
                           narrow(extents_.num_experts),
                           narrow(extents_.hidden_size),
                           pointer<float>(call.output)};
  return launch(*device_, "moe_combine", combine_,
                {.x = static_cast<unsigned>(call.tokens),
                 .y = blocks_for(extents_.hidden_size / kColumnsAThread),
                 .threads = kThreads},
                call.stream, combine);
}

}  // namespace assay::cuda
