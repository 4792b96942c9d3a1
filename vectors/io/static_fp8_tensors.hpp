// SPDX-License-Identifier: Apache-2.0
// The operators `quantize_fp8` and `dequantize_fp8`: E4M3 with one scale for the tensor, without
// attributes. Binary32 values [rows, columns] on one side, codes on the other, the scale as input
// of both (docs/vectors.md; docs/quantization.md, section 1).
#pragma once

#include "vectors/io/operators.hpp"

namespace assay {

// Rows of operators(). A scale that is not finite and > 0 is an error of `run`. WEAK: at least 90 %
// of the codes zero or saturated, or of the values zero or not finite.
Operator quantize_fp8_operator();
Operator dequantize_fp8_operator();

}  // namespace assay
