// SPDX-License-Identifier: Apache-2.0
// Stages as tensors of a case or result file: their names, dtypes and shapes (docs/vectors.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reference/moe/shape.hpp"
#include "reference/moe/stages.hpp"
#include "vectors/io/tensor.hpp"

namespace assay {

// "stage.gate_dot", ... and "output" for MoeStage::output.
std::string stage_tensor_name(const MoeStageInfo& stage);

Dtype stage_dtype(const MoeStageInfo& stage);

// [B, S, H], [B, S, K, I] or [B, S, K, H].
std::vector<std::int64_t> stage_shape(const MoeStageInfo& stage, const MoeShape& shape);

}  // namespace assay
