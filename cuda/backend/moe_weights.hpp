// SPDX-License-Identifier: Apache-2.0
// The rules that a layer's weights must keep (docs/numerics.md, section 8).
#pragma once

#include "cuda/backend/moe_layer.hpp"

namespace assay::cuda {

// The first broken rule as an error (invalid_argument) naming tensor and index, with the names of
// the vector format: sizes, no null, block scales neither NaN nor negative, scales positive and
// finite, all biases or none.
CudaStatus check_weights(const MoeExtents& extents, const MoeWeights& weights);

}  // namespace assay::cuda
