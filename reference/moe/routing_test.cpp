// SPDX-License-Identifier: Apache-2.0
// Experts that nobody selects have no group, so no work; every slot is served once.
#include "reference/moe/routing.hpp"

#include <set>

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(GroupByExpert, OnlyExpertsThatAreHitHaveGroups) {
  const std::vector<std::int32_t> ids = {6, 1, 6, 3};
  const auto groups = group_by_expert(ids, 128);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].expert, 1);
  EXPECT_EQ(groups[1].expert, 3);
  EXPECT_EQ(groups[2].expert, 6);
  EXPECT_EQ(groups[2].slots, (std::vector<std::int64_t>{0, 2}));
}

TEST(GroupByExpert, EverySlotIsServedOnceAlsoBeyondOneGroup) {
  std::vector<std::int32_t> ids(2 * kMaxGroupSlots + 5, 0);
  ids.push_back(1);
  std::set<std::int64_t> served;
  for (const ExpertGroup& group : group_by_expert(ids, 2)) {
    EXPECT_LE(group.slots.size(), static_cast<std::size_t>(kMaxGroupSlots));
    for (const std::int64_t slot : group.slots)
      EXPECT_TRUE(served.insert(slot).second) << slot;
  }
  EXPECT_EQ(served.size(), ids.size());
}

}  // namespace
}  // namespace assay
