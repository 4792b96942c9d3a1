// SPDX-License-Identifier: Apache-2.0
#include "cuda/bench/bench_layer.hpp"

#include <cstring>
#include <numeric>
#include <random>
#include <set>

namespace assay::cuda {
namespace {

using Random = std::mt19937_64;

std::vector<std::uint8_t> random_bytes(std::int64_t count, Random& random) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count + 7) / 8 * 8);
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    const std::uint64_t word = random();
    std::memcpy(bytes.data() + at, &word, 8);
  }
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

// Uniform in [-limit, limit).
std::vector<float> random_floats(std::int64_t count, float limit, Random& random) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values)
    value = limit * (static_cast<float>(random() >> 40) * 0x1p-23f - 1.0f);
  return values;
}

struct Projection {
  std::vector<std::uint8_t> codes, scales;
  std::vector<float> tensor_scales;

  Projection(const MoeExtents& extents, Random& random) {
    const std::int64_t weights =
        extents.num_experts * extents.hidden_size * extents.intermediate_size;
    codes = random_bytes(weights / 2, random);
    scales = random_bytes(weights / 16, random);
    for (std::uint8_t& code : scales)
      code = static_cast<std::uint8_t>(0x20 | (code & 0x1F));  // 0.125 to 1.875
    tensor_scales.assign(static_cast<std::size_t>(extents.num_experts), 0x1p-6f);
  }
  MoeProjectionWeights view() const { return {codes, scales, tensor_scales, {}}; }
};

// For each token the first top_k of a random order of all experts.
std::vector<std::int32_t> draw_experts(const MoeExtents& extents, std::int64_t tokens,
                                       Random& random) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(extents.num_experts)), experts;
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t t = 0; t < tokens; ++t)
    for (std::size_t j = 0; j < static_cast<std::size_t>(extents.top_k); ++j) {
      std::swap(order[j], order[j + random() % (order.size() - j)]);
      experts.push_back(order[j]);
    }
  return experts;
}

}  // namespace

CudaResult<BenchLayer> BenchLayer::make(std::shared_ptr<const Device> device,
                                        const MoeExtents& extents) {
  Random random(1);
  const Projection gate(extents, random), up(extents, random), down(extents, random);
  const float scale = 0.125f;
  ASSAY_ASSIGN(MoeLayer layer,
               MoeLayer::create(std::move(device), extents,
                                {gate.view(), up.view(), down.view(), 0x1p-6f, {&scale, 1}}));
  return BenchLayer(std::move(layer));
}

CudaResult<BenchCall> BenchCall::make(std::shared_ptr<const Device> device, const MoeLayer& layer,
                                      std::int64_t tokens) {
  Random random(2);
  const MoeExtents& extents = layer.extents();
  const auto upload = [&](const auto& values, const char* what) {
    return Buffer::upload(device, std::as_bytes(std::span(values)), what);
  };
  BenchCall call;
  call.layer_ = &layer;
  call.tokens_ = tokens;
  const auto experts = draw_experts(extents, tokens, random);
  call.experts_hit_ =
      static_cast<std::int64_t>(std::set<std::int32_t>(experts.begin(), experts.end()).size());
  ASSAY_ASSIGN(call.experts_, upload(experts, "selected_experts_for_tokens"));
  ASSAY_ASSIGN(call.hidden_,
               upload(random_floats(tokens * extents.hidden_size, 2, random), "hidden_states"));
  ASSAY_ASSIGN(call.scores_, upload(random_floats(tokens * extents.top_k, 1, random),
                                    "scores_for_selected_experts"));
  ASSAY_ASSIGN(const std::size_t workspace, layer.workspace_bytes(tokens));
  ASSAY_ASSIGN(call.workspace_, Buffer::allocate(device, workspace, "workspace"));
  ASSAY_ASSIGN(call.output_, Buffer::allocate(device, call.hidden_.bytes(), "output"));
  return call;
}

CudaStatus BenchCall::run(CUstream stream) const {
  return layer_->run({.tokens = tokens_,
                      .hidden_states = hidden_.address(),
                      .selected_experts_for_tokens = experts_.address(),
                      .scores_for_selected_experts = scores_.address(),
                      .output = output_.address(),
                      .workspace = workspace_.address(),
                      .workspace_bytes = workspace_.bytes(),
                      .stream = stream});
}

CudaResult<std::vector<float>> BenchCall::output() const {
  std::vector<float> values(output_.bytes() / sizeof(float));
  ASSAY_TRY(output_.download(std::as_writable_bytes(std::span(values))));
  return values;
}

std::int64_t weights_of_expert(const MoeExtents& extents) {
  return 3 * extents.hidden_size * extents.intermediate_size;
}

}  // namespace assay::cuda
