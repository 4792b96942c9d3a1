// SPDX-License-Identifier: Apache-2.0
// The part of a register plan that finds uninitialized values.
#pragma once

#include "cuda/emulator/program/flow_graph.hpp"
#include "cuda/emulator/program/register_plan.hpp"

namespace assay::emulator {

// Loads from local memory and through generic addresses (AccessRule::defers_uninitialized).
bool defers_uninitialized(const ptx::Instruction& load);

// Fills clean_masks, checks and updates, and takes slots for the masks.
void watch_uninitialized(const ptx::Function& function, const std::vector<RegisterUse>& uses,
                         const FlowGraph& graph, RegisterPlan& plan);

}  // namespace assay::emulator
