// SPDX-License-Identifier: Apache-2.0
#include "cuda/backend/moe_weights.hpp"

#include <algorithm>
#include <cmath>

namespace assay::cuda {
namespace {

constexpr std::uint8_t kLargestScale = 0x7E;  // 448; above it NaN, then negative codes

template <typename T>
CudaStatus check_size(const std::string& tensor, std::span<const T> elements, std::int64_t wanted) {
  if (elements.size() != static_cast<std::size_t>(wanted))
    return cuda_fail(CudaErrorCode::invalid_argument, "{}: has {} elements, the layer needs {}",
                     tensor, elements.size(), wanted);
  if (elements.data() == nullptr)
    return cuda_fail(CudaErrorCode::invalid_argument, "{}: is null", tensor);
  return {};
}

CudaStatus check_positive(const std::string& tensor, std::span<const float> scales) {
  const auto bad = std::ranges::find_if(
      scales, [](float scale) { return !(scale > 0 && std::isfinite(scale)); });
  if (bad == scales.end()) return {};
  return cuda_fail(CudaErrorCode::invalid_argument, "{}[{}]: {} is not positive and finite", tensor,
                   bad - scales.begin(), *bad);
}

CudaStatus check_projection(const char* name, const MoeProjectionWeights& weights,
                            std::int64_t experts, std::int64_t rows, std::int64_t columns) {
  const std::string weight = fmt::format("fc_{}_weights", name);
  ASSAY_TRY(check_size(weight, weights.codes, experts * rows * columns / 2));
  ASSAY_TRY(check_size(weight + "_scale", weights.block_scales, experts * rows * columns / 16));
  ASSAY_TRY(check_size(weight + "_dbl_q_scale", weights.dbl_q_scale, experts));
  if (!weights.bias.empty())
    ASSAY_TRY(check_size(fmt::format("fc_{}_bias", name), weights.bias, experts * rows));
  ASSAY_TRY(check_positive(weight + "_dbl_q_scale", weights.dbl_q_scale));
  const auto bad = std::ranges::find_if(weights.block_scales,
                                        [](std::uint8_t code) { return code > kLargestScale; });
  if (bad == weights.block_scales.end()) return {};
  return cuda_fail(CudaErrorCode::invalid_argument,
                   "{}_scale[{}]: code 0x{:02X} is NaN or negative", weight,
                   bad - weights.block_scales.begin(), *bad);
}

}  // namespace

CudaStatus check_weights(const MoeExtents& extents, const MoeWeights& weights) {
  ASSAY_TRY(check_extents(extents));
  const std::int64_t experts = extents.num_experts, hidden = extents.hidden_size,
                     intermediate = extents.intermediate_size;
  ASSAY_TRY(check_projection("gate", weights.gate, experts, intermediate, hidden));
  ASSAY_TRY(check_projection("up", weights.up, experts, intermediate, hidden));
  ASSAY_TRY(check_projection("down", weights.down, experts, hidden, intermediate));
  const bool has_bias = !weights.gate.bias.empty();
  if (weights.up.bias.empty() == has_bias || weights.down.bias.empty() == has_bias)
    return cuda_fail(CudaErrorCode::invalid_argument,
                     "fc_gate_bias, fc_up_bias, fc_down_bias: all three or none");
  ASSAY_TRY(check_positive("hidden_states_scale", {&weights.hidden_states_scale, 1}));
  const std::int64_t scales = weights.down_activation_scale.size() == 1 ? 1 : experts;
  ASSAY_TRY(check_size("fc_down_activation_scale", weights.down_activation_scale, scales));
  return check_positive("fc_down_activation_scale", weights.down_activation_scale);
}

}  // namespace assay::cuda
