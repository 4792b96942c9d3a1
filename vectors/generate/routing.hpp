// SPDX-License-Identifier: Apache-2.0
// Routing patterns (which experts the slots of each token select) and scores, by name;
// docs/vectors.md
// ("Suites") explains them. Integer arithmetic only, but for the scores' own binary32 values.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "reference/moe/shape.hpp"
#include "reference/result.hpp"

namespace assay {

std::vector<std::string> routing_names();
std::vector<std::string> score_names();

// Whether the shape has room for the pattern: distinct experts need top_k <= num_experts,
// "empty_experts" top_k <= ceil(num_experts / 2), "duplicates" top_k >= 2.
Status check_routing(const std::string& routing, const MoeShape& shape);

// experts[token * top_k + slot]. Preconditions: a known name, check_routing passed.
void draw_routing(const std::string& routing, std::uint64_t seed, const MoeShape& shape,
                  std::span<std::int32_t> experts);

// scores[token * top_k + slot]. Precondition: a known name.
void draw_scores(const std::string& scores, std::uint64_t seed, const MoeShape& shape,
                 std::span<float> values);

}  // namespace assay
