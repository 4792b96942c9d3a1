// SPDX-License-Identifier: Apache-2.0
// Multiplications and additions that an assembler may fuse. PTX ISA 9.0 (mul, add, sub): without a
// rounding modifier "may be optimized aggressively", mul and add into one fma in particular, which
// rounds once instead of twice; with one on either it may not. Measured with ptxas 13.0, repeated
// by contraction_ptxas_test.cpp where it is installed: it fuses through mov and neg, for every
// type; and it fuses mul.f32x2 with add.f32x2 of the same rounding whatever the modifiers and
// -fmad=false say (on sm_110 and sm_120, which split f32x2, only for round to nearest).
#pragma once

#include <vector>

#include "cuda/emulator/ptx/ast.hpp"

namespace assay::audit {

struct ContractiblePair {
  const ptx::Instruction* multiply = nullptr;
  const ptx::Instruction* add = nullptr;  // or sub
};

// In the order of the additions. A pair is reported where the product may reach the addition:
// within a basic block by the order of definitions, between blocks whatever the branches.
std::vector<ContractiblePair> contractible_pairs(const ptx::Function& function);

}  // namespace assay::audit
