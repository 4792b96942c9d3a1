// SPDX-License-Identifier: Apache-2.0
// One element of D = (A * scale_A) * (B * scale_B) + C, of tensor cores that scale blocks of
// elements. Source: MMA-Sim, arXiv 2511.10909; written from its description, not from its code.
#pragma once

#include "reference/arithmetic/fused_sum.hpp"

namespace assay {

// scales[j] belongs to elements [j * block, (j + 1) * block).
struct ScaledOperand {
  MmaOperand elements, scales;
};

// The dot of a row and a column, chained in steps; `c` and the result are binary32 bits. Where
// step.group is 1, every product is a term, whose exponent is the sum of all four exponent fields:
// it is scaled before it is aligned. Else the exact sum of a group's products, times both scales,
// is a term. Its exponent is the sum of the scales' alone, also where the products cancel; it
// counts as zero where every product or a scale is. Signs of scales are not read. Any NaN, also
// of a scale whose elements are zero, gives the canonical NaN. A sum that is or truncates to zero
// is +0. Steps are appended to `trace`, if there is one. Preconditions: the sizes fit; a step is a
// multiple of the block and of the group, and no group crosses a block.
std::uint32_t scaled_dot(const FusedStep& step, int block, const ScaledOperand& a,
                         const ScaledOperand& b, std::uint32_t c,
                         std::vector<FusedStepTrace>* trace = nullptr);

}  // namespace assay
