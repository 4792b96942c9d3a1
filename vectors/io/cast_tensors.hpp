// SPDX-License-Identifier: Apache-2.0
// The operator `cast`: attributes from, to, policy and rounding; input `values` [n], a dtype of the
// source format; `output` [n], the codes, of format_dtype (docs/vectors.md).
#pragma once

#include "reference/format/cast.hpp"
#include "vectors/io/operators.hpp"

namespace assay {

Attributes cast_attributes(const Cast& cast);

// Error (invalid_vectors): an attribute missing, unknown or without meaning, or no such cast.
Result<Cast> cast_of(const Attributes& attributes);

// The row of operators(). WEAK: at least 90 % of the codes zero, saturated or beyond.
Operator cast_operator();

}  // namespace assay
