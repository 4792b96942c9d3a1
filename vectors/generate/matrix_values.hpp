// SPDX-License-Identifier: Apache-2.0
// Distributions of the matrices that recipes quantize: those of weights (values.hpp), and more that
// put amax, block scales and elements where a recipe's rounding decides (docs/vectors.md).
#pragma once

#include <string_view>

#include "vectors/generate/names.hpp"
#include "vectors/generate/values.hpp"

namespace assay {

struct MatrixDistribution {
  DrawFunction draw;
  bool on_grid;  // the scale must be a power of two
};

// A null draw: unknown.
MatrixDistribution find_matrix_distribution(std::string_view name);
Names matrix_distribution_names();

}  // namespace assay
