// SPDX-License-Identifier: Apache-2.0
// Runs one MoE layer: the factored dataflow of docs/numerics.md, bit for bit.
#pragma once

#include <span>

#include "reference/moe/layer.hpp"
#include "reference/moe/stages.hpp"

namespace assay {

// Writes output [B, S, H] in binary32. Checks the inputs first (validate) and computes only experts
// that are hit. NaNs in values are stored as 0x7FC00000. `sink`, when given, sees every stage; a
// run without one does no extra work. The result does not depend on the number of threads.
Status run_moe(const MoeInputs& inputs, Accumulation accumulation, std::span<float> output,
               MoeStageSink* sink = nullptr);

}  // namespace assay
