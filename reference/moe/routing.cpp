// SPDX-License-Identifier: Apache-2.0
#include "reference/moe/routing.hpp"

#include <algorithm>

namespace assay {

std::vector<ExpertGroup> group_by_expert(std::span<const std::int32_t> expert_ids,
                                         std::int64_t num_experts) {
  std::vector<std::vector<std::int64_t>> slots_of(static_cast<std::size_t>(num_experts));
  for (std::size_t slot = 0; slot < expert_ids.size(); ++slot)
    slots_of[static_cast<std::size_t>(expert_ids[slot])].push_back(static_cast<std::int64_t>(slot));

  std::vector<ExpertGroup> groups;
  for (std::int64_t expert = 0; expert < num_experts; ++expert) {
    const auto& slots = slots_of[static_cast<std::size_t>(expert)];
    for (auto first = slots.begin(); first != slots.end();) {
      const auto last = first + std::min<std::int64_t>(kMaxGroupSlots, slots.end() - first);
      groups.push_back({expert, {first, last}});
      first = last;
    }
  }
  return groups;
}

}  // namespace assay
