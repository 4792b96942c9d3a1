// SPDX-License-Identifier: Apache-2.0
// Real binary32 weights from a sealed safetensors file: tensors gate [E, I, H], up [E, I, H] and
// down [E, H, I] (docs/vectors.md, "Real weights").
#pragma once

#include <array>
#include <filesystem>
#include <span>

#include "vectors/generate/suite.hpp"
#include "vectors/io/safetensors.hpp"

namespace assay {

struct RealWeights {
  Safetensors file;                                   // keeps the bytes alive
  std::array<std::span<const float>, 3> projections;  // gate, up, down: all experts
  std::size_t matrix_elements = 0;

  std::span<const float> matrix(std::size_t projection, std::size_t expert) const {
    return projections[projection].subspan(expert * matrix_elements, matrix_elements);
  }
};

// Errors (invalid_vectors): the file is absent (the message says how to make it), its SHA-256 is
// not the recipe's, a tensor is missing, not F32 or not of the recipe's shape.
Result<RealWeights> read_real_weights(const ValueRecipe& recipe, const MoeShape& shape,
                                      const std::filesystem::path& data_dir);

}  // namespace assay
