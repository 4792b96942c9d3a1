// SPDX-License-Identifier: Apache-2.0
// How a group says what its values are: weights, hidden_states and the two activation scales, and
// the rules between them (docs/vectors.md, "Suites").
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "vectors/generate/suite.hpp"

namespace assay {

// Sets weights, hidden_states and the scales of `recipe`. Errors (invalid_vectors, starting with
// `where`): an unknown distribution, a field without meaning for it or missing, a scale off its
// grid.
Status read_value_recipes(const nlohmann::json& group, MoeRecipe& recipe, const std::string& where);

}  // namespace assay
