// SPDX-License-Identifier: Apache-2.0
// The MoE operator's tensors by name (docs/vectors.md): between a case file and reference/moe.
#pragma once

#include "reference/moe/layer.hpp"
#include "vectors/io/case_file.hpp"
#include "vectors/io/tensor.hpp"

namespace assay {

// Views of the named tensors. Errors (invalid_vectors): a tensor missing or unknown, a dtype or
// shape that disagrees with the others, with both shapes; then whatever validate(MoeInputs) finds.
// "output" and "stage.*" are ignored.
Result<MoeInputs> bind_moe_inputs(const TensorViews& tensors);

// Whether the case can be judged: its inputs bind, "output" is there, and each expected tensor is a
// stage's, of its dtype and shape. Errors (invalid_vectors) name the file and the tensor.
Status check_case_tensors(const CaseFile& test_case);

}  // namespace assay
