// SPDX-License-Identifier: Apache-2.0
// The preconditions of docs/numerics.md, section 8, in the order in which a reader meets them.
#include <initializer_list>
#include <string>

#include <fmt/ranges.h>

#include "reference/format/e4m3.hpp"
#include "reference/format/nvfp4_block.hpp"
#include "reference/moe/layer.hpp"
#include "reference/quantize/static_fp8.hpp"

namespace assay {
namespace {

// `extents` are the tensor's shape, of which `packing` elements make one of the span.
Status check_size(const std::string& tensor, std::size_t actual,
                  std::initializer_list<std::int64_t> extents, std::int64_t packing = 1) {
  std::int64_t elements = 1;
  for (const std::int64_t extent : extents)
    if (__builtin_mul_overflow(elements, extent, &elements))
      return fail(ErrorCode::invalid_vectors, "{}: [{}] is too large", tensor,
                  fmt::join(extents, ", "));
  if (static_cast<std::int64_t>(actual) == elements / packing) return {};
  return fail(ErrorCode::invalid_vectors, "{}: has {} elements, its shape needs {}", tensor, actual,
              elements / packing);
}

Status check_extent(const char* name, std::int64_t extent) {
  if (extent >= 1) return {};
  return fail(ErrorCode::invalid_vectors, "{} = {}: must be at least 1", name, extent);
}

Status check_reduction_extent(const char* name, std::int64_t extent) {
  ASSAY_TRY(check_extent(name, extent));
  if (extent % kNvfp4BlockSize != 0)
    return fail(ErrorCode::invalid_vectors,
                "{} = {}: must be a multiple of {}, the NVFP4 block size", name, extent,
                kNvfp4BlockSize);
  if (extent > kMaxDotLength)
    return fail(ErrorCode::invalid_vectors, "{} = {}: dots are exact up to a length of {}", name,
                extent, kMaxDotLength);
  return {};
}

Status check_scales(const std::string& tensor, std::span<const float> scales) {
  for (std::size_t i = 0; i < scales.size(); ++i)
    ASSAY_TRY(check_positive_scale(tensor.c_str(), static_cast<std::int64_t>(i), scales[i]));
  return {};
}

Status check_block_scales(const std::string& tensor, std::span<const std::uint8_t> codes) {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] < kE4m3NaN) continue;
    return fail(ErrorCode::invalid_vectors,
                "{}[{}] = {:#04x}: {}; a block scale is an E4M3 code from 0x00 to 0x7e", tensor, i,
                codes[i], is_e4m3_nan(codes[i]) ? "NaN" : "negative");
  }
  return {};
}

Status check_projection(const std::string& name, const MoeProjection& projection,
                        std::int64_t num_experts, std::int64_t rows, std::int64_t columns) {
  const std::string weights = "fc_" + name + "_weights";
  ASSAY_TRY(check_size(weights, projection.codes.size(), {num_experts, rows, columns}, 2));
  ASSAY_TRY(check_size(weights + "_scale", projection.block_scales.size(),
                       {num_experts, rows, columns}, kNvfp4BlockSize));
  ASSAY_TRY(check_size(weights + "_dbl_q_scale", projection.dbl_q_scale.size(), {num_experts}));
  ASSAY_TRY(check_scales(weights + "_dbl_q_scale", projection.dbl_q_scale));
  ASSAY_TRY(check_block_scales(weights + "_scale", projection.block_scales));
  if (projection.bias.empty()) return {};
  return check_size("fc_" + name + "_bias", projection.bias.size(), {num_experts, rows});
}

Status check_biases(const MoeInputs& inputs) {
  const bool gate = !inputs.gate.bias.empty();
  const bool up = !inputs.up.bias.empty();
  const bool down = !inputs.down.bias.empty();
  if (gate == up && up == down) return {};
  const char* missing = !gate ? "fc_gate_bias" : !up ? "fc_up_bias" : "fc_down_bias";
  return fail(ErrorCode::invalid_vectors,
              "{}: missing; the three biases come together or not at all", missing);
}

Status check_hidden_states(const MoeInputs& inputs) {
  const MoeShape& shape = inputs.shape;
  const bool as_values = inputs.hidden_states_codes.empty();
  if (!as_values && !inputs.hidden_states.empty())
    return fail(ErrorCode::invalid_vectors, "hidden_states: given both as values and as codes");
  ASSAY_TRY(check_size("hidden_states",
                       as_values ? inputs.hidden_states.size() : inputs.hidden_states_codes.size(),
                       {shape.batch, shape.sequence_length, shape.hidden_size}));
  return check_positive_scale("hidden_states_scale", 0, inputs.hidden_states_scale);
}

Status check_routing(const MoeInputs& inputs) {
  const auto ids = inputs.selected_experts_for_tokens;
  const auto [batch, length, hidden, intermediate, num_experts, top_k] = inputs.shape;
  ASSAY_TRY(check_size("selected_experts_for_tokens", ids.size(), {batch, length, top_k}));
  ASSAY_TRY(check_size("scores_for_selected_experts", inputs.scores_for_selected_experts.size(),
                       {batch, length, top_k}));
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (ids[i] < 0 || ids[i] >= num_experts)
      return fail(ErrorCode::invalid_vectors,
                  "selected_experts_for_tokens[{}] = {}: expert ids lie in [0, {})", i, ids[i],
                  num_experts);
  return {};
}

}  // namespace

Status validate(const MoeShape& shape) {
  ASSAY_TRY(check_extent("batch", shape.batch));
  ASSAY_TRY(check_extent("sequence_length", shape.sequence_length));
  ASSAY_TRY(check_extent("num_experts", shape.num_experts));
  ASSAY_TRY(check_extent("top_k", shape.top_k));
  ASSAY_TRY(check_reduction_extent("hidden_size", shape.hidden_size));
  return check_reduction_extent("intermediate_size", shape.intermediate_size);
}

Status validate(const MoeInputs& inputs) {
  const MoeShape& shape = inputs.shape;
  ASSAY_TRY(validate(shape));
  ASSAY_TRY(check_hidden_states(inputs));
  ASSAY_TRY(check_routing(inputs));
  ASSAY_TRY(check_biases(inputs));
  ASSAY_TRY(check_projection("gate", inputs.gate, shape.num_experts, shape.intermediate_size,
                             shape.hidden_size));
  ASSAY_TRY(check_projection("up", inputs.up, shape.num_experts, shape.intermediate_size,
                             shape.hidden_size));
  ASSAY_TRY(check_projection("down", inputs.down, shape.num_experts, shape.hidden_size,
                             shape.intermediate_size));
  const std::size_t scales = inputs.down_activation_scale.size();
  if (scales != 1) ASSAY_TRY(check_size("fc_down_activation_scale", scales, {shape.num_experts}));
  return check_scales("fc_down_activation_scale", inputs.down_activation_scale);
}

}  // namespace assay
