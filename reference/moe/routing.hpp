// SPDX-License-Identifier: Apache-2.0
// Which slots each expert serves: the layer's work, grouped so that an expert's weights are read
// once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace assay {

// Slots (token * top_k + slot) that one expert serves, at most kMaxGroupSlots of them.
struct ExpertGroup {
  std::int64_t expert;
  std::vector<std::int64_t> slots;  // ascending
};

// Bounds the memory of one group's intermediate results.
inline constexpr std::int64_t kMaxGroupSlots = 256;

// Experts that are hit, ascending; an expert with more slots than the bound has several groups.
std::vector<ExpertGroup> group_by_expert(std::span<const std::int32_t> expert_ids,
                                         std::int64_t num_experts);

}  // namespace assay
