// SPDX-License-Identifier: Apache-2.0
// What the instructions of a PTX function may become in machine code: so many FFMA, no more. A
// contraction, or an assembler that computes something in another way, shows as a difference.
// Operations that ptxas expands are counted by what their expansion consists of: at each place, and
// once a kernel for the slow path that the places share. Measured with ptxas 13.0 for sm_100a,
// sm_103a and sm_110a; machine_account_ptxas_test.cpp measures again.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cuda/audit/budget.hpp"
#include "cuda/emulator/ptx/ast.hpp"

namespace assay::audit {

// Opcodes that an account speaks of: DADD, DFMA, DMUL, F2FP, FADD, FFMA, FMUL, HMMA.
const std::vector<std::string_view>& accounted_opcodes();

// For each accounted opcode how many of it there may be; min and max are both set, and equal but
// for
// - FADD, DADD: neg and abs are an addition, or a modifier of what uses their result;
// - F2FP: conversions of single values to f16 and bf16 may share one;
// - FFMA: where there is a single div.rn.f32, there may be one less.
// Functions that it calls, directly or through others, count once: ptxas puts a copy of each beside
// the kernel's own code. Nothing where no account can be given: a call of what is not known before,
// or arithmetic on f32x2, which targets treat differently.
std::optional<std::map<std::string, Range>> machine_account(const ptx::Module& module,
                                                            const ptx::Function& function);

}  // namespace assay::audit
