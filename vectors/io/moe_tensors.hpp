// SPDX-License-Identifier: Apache-2.0
// The MoE operator's tensors by name (docs/vectors.md): between a case file and reference/moe.
#pragma once

#include "reference/moe/layer.hpp"
#include "vectors/io/operators.hpp"

namespace assay {

// Views of the named tensors. Errors (invalid_vectors): a tensor missing or unknown, a dtype or
// shape that disagrees with the others, with both shapes; then whatever validate(MoeInputs) finds.
// "output" and "stage.*" are ignored.
Result<MoeInputs> bind_moe_inputs(const TensorViews& tensors);

// The row of operators(): a run is that of moe_trace.hpp. WEAK: at least 90 % of the output zero or
// NaN, or of stage.mul_q zero or saturated.
Operator moe_operator();

}  // namespace assay
