// SPDX-License-Identifier: Apache-2.0
// For tests: a small group of a suite, with fields replaced, and the case that it expands to.
#pragma once

#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include "vectors/generate/generate.hpp"
#include "vectors/generate/suite_group.hpp"

namespace assay {

// A valid group; `changes` (a JSON merge patch) replaces fields, null removes them.
inline nlohmann::json test_group(const std::string& changes = "{}") {
  nlohmann::json group = nlohmann::json::parse(R"({
    "name": "group", "operator": "moe", "notes": "a test", "profile": "tensorrt_exact", "seed": 7,
    "sequence_length": 3, "hidden_size": 32, "intermediate_size": 48, "num_experts": 4, "top_k": 2,
    "weights": {"distribution": "normal", "scale": 0.25},
    "hidden_states": {"distribution": "normal"},
    "routing": "uniform", "scores": "normalized"})");
  group.merge_patch(nlohmann::json::parse(changes));
  return group;
}

inline CaseRecipe test_recipe(const std::string& changes = "{}") {
  const auto cases = expand_group(test_group(changes), "suite/group", "test");
  if (!cases) throw std::runtime_error(cases.error().message);
  return cases->at(0);
}

inline GeneratedCase test_case(const std::string& changes = "{}") {
  auto generated = generate_case(test_recipe(changes), "no-data");
  if (!generated) throw std::runtime_error(generated.error().message);
  return *std::move(generated);
}

}  // namespace assay
