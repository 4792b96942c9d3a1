// SPDX-License-Identifier: Apache-2.0
// The weights of a case: fc_gate_weights, fc_up_weights and fc_down_weights with both of their
// scales, drawn expert by expert and quantized by the profile's recipe, or given as codes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "vectors/generate/suite.hpp"
#include "vectors/io/tensor.hpp"

namespace assay {

// Distributions of weights that are not drawn as values by distributions(): codes, or real values
// of a file.
std::vector<std::string> given_weight_distributions();

// Adds the nine tensors. Works in parallel over (projection, expert); a thread holds one binary32
// matrix. Errors: a file of `data_dir` absent, different from its seal, or of other shapes than the
// recipe's.
Status add_weights(const MoeRecipe& recipe, std::uint64_t seed,
                   const std::filesystem::path& data_dir, Tensors& tensors);

}  // namespace assay
