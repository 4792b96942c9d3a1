// SPDX-License-Identifier: Apache-2.0
// Each pattern is a list of integer weights over the experts; a token draws its slots from it one
// after the other, an expert once (docs/vectors.md, "Suites").
#include "vectors/generate/routing.hpp"

#include <algorithm>
#include <numeric>

#include "vectors/generate/philox.hpp"

namespace assay {
namespace {

constexpr const char* kIdsTensor = "selected_experts_for_tokens";
constexpr const char* kScoresTensor = "scores_for_selected_experts";

using Weights = std::vector<std::uint32_t>;

Weights expert_weights(const std::string& routing, std::int64_t num_experts) {
  Weights weights(static_cast<std::size_t>(num_experts), 1);
  for (std::size_t e = 0; e < weights.size(); ++e) {
    // Zipf's law: the popularity of an expert falls as one over its rank.
    if (routing == "skewed") weights[e] = (1u << 16) / static_cast<std::uint32_t>(e + 1) + 1;
    if (routing == "empty_experts") weights[e] = (e % 2 == 0) ? 1 : 0;
  }
  return weights;
}

// The expert in whose share of the summed weights a random point falls.
std::size_t pick(const Weights& weights, const RandomStream& stream, std::uint64_t index) {
  const std::uint32_t total = std::accumulate(weights.begin(), weights.end(), 0u);
  std::uint32_t point = stream.below(index, total);
  std::size_t expert = 0;
  while (point >= weights[expert])
    point -= weights[expert++];
  return expert;
}

// (u + 1) / 2^24 from 24 random bits, in (0, 1]: exact in binary32.
float unit(std::uint32_t word) {
  return static_cast<float>((word >> 8) + 1) * 0x1p-24f;
}

}  // namespace

std::vector<std::string> routing_names() {
  return {"uniform", "skewed", "one_expert", "empty_experts", "duplicates"};
}

std::vector<std::string> score_names() {
  return {"normalized", "ones", "signed"};
}

Status check_routing(const std::string& routing, const MoeShape& shape) {
  if (routing == "duplicates") {
    if (shape.top_k < 2)
      return fail(ErrorCode::invalid_vectors, "routing duplicates needs top_k >= 2, got {}",
                  shape.top_k);
    return {};
  }
  const std::int64_t available =
      routing == "empty_experts" ? (shape.num_experts + 1) / 2 : shape.num_experts;
  if (shape.top_k > available)
    return fail(
        ErrorCode::invalid_vectors,
        "routing {} gives a token distinct experts: top_k {} exceeds the {} that it may select",
        routing, shape.top_k, available);
  return {};
}

void draw_routing(const std::string& routing, std::uint64_t seed, const MoeShape& shape,
                  std::span<std::int32_t> experts) {
  const RandomStream stream(seed, kIdsTensor);
  const Weights all = expert_weights(routing, shape.num_experts);
  const auto top_k = static_cast<std::size_t>(shape.top_k);
  const std::size_t hot = stream.below(0, static_cast<std::uint32_t>(shape.num_experts));
  for (std::size_t token = 0; token * top_k < experts.size(); ++token) {
    Weights left = all;
    for (std::size_t slot = 0; slot < top_k; ++slot) {
      const std::size_t row = token * top_k + slot;
      std::size_t expert = 0;
      if (routing == "one_expert" && slot == 0)
        expert = hot;
      else if (routing == "duplicates" && slot == 1)
        expert = static_cast<std::size_t>(experts[row - 1]);
      else
        expert = pick(left, stream, row + 1);
      experts[row] = static_cast<std::int32_t>(expert);
      if (routing != "duplicates") left[expert] = 0;
    }
  }
}

void draw_scores(const std::string& scores, std::uint64_t seed, const MoeShape& shape,
                 std::span<float> values) {
  const RandomStream stream(seed, kScoresTensor);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint32_t word = stream.word(i);
    values[i] = scores == "ones" ? 1.0f : unit(word);
    // A quarter are zeros; the sign takes a bit that neither unit() nor the choice of zeros uses.
    if (scores == "signed")
      values[i] = ((word & 4) != 0 ? -1.0f : 1.0f) * (word % 4 == 0 ? 0.0f : values[i]);
  }
  if (scores != "normalized") return;
  const auto top_k = static_cast<std::size_t>(shape.top_k);
  for (std::size_t begin = 0; begin < values.size(); begin += top_k) {
    const auto token = values.subspan(begin, top_k);
    const float sum = std::accumulate(token.begin(), token.end(), 0.0f);
    for (float& value : token)
      value /= sum;
  }
}

}  // namespace assay
