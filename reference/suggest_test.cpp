// SPDX-License-Identifier: Apache-2.0
#include "reference/suggest.hpp"

#include <gtest/gtest.h>

namespace assay {
namespace {

const std::vector<std::string> kKnown{"weights", "hidden_states", "seed"};

TEST(Suggest, NamesTheWordAfterASwapOfLetters) {
  EXPECT_EQ(did_you_mean("wieghts", kKnown), " (did you mean \"weights\"?)");
}

TEST(Suggest, NamesTheNearestOfSeveral) {
  EXPECT_EQ(did_you_mean("hidden_state", {"hidden_size", "hidden_states"}),
            " (did you mean \"hidden_states\"?)");
}

TEST(Suggest, IsSilentWhenNothingIsNear) {
  EXPECT_EQ(did_you_mean("profile", kKnown), "");
  EXPECT_EQ(did_you_mean("", kKnown), "");
}

TEST(Suggest, AllowsOneEditInAShortWordAndNotTwo) {
  EXPECT_EQ(did_you_mean("sead", kKnown), " (did you mean \"seed\"?)");
  EXPECT_EQ(did_you_mean("saad", kKnown), "");
}

}  // namespace
}  // namespace assay
