// SPDX-License-Identifier: Apache-2.0
// One element of D = A * B + C: every product is a term of a fused sum, and so is c.
#pragma once

#include "reference/arithmetic/fused_sum.hpp"

namespace assay {

// The dot of a row and a column, chained in steps. `c` and the result are binary32 bits, or
// binary16 bits under rn_f16. Exponents are exponent fields: products are not normalized before
// they are aligned, subnormals keep the smallest exponent. Any NaN, Inf times zero, or both
// infinities give the canonical NaN (0x7FFFFFFF, 0x7FFF). A sum that is or truncates to zero is +0.
// Steps are appended to `trace`, if there is one. Preconditions: equal sizes, no groups.
std::uint32_t fused_dot(const FusedStep& step, const MmaOperand& a, const MmaOperand& b,
                        std::uint32_t c, std::vector<FusedStepTrace>* trace = nullptr);

}  // namespace assay
