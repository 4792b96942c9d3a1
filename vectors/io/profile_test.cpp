// SPDX-License-Identifier: Apache-2.0
#include "vectors/io/profile.hpp"

#include <gtest/gtest.h>

#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

TEST(Profile, BuiltInNamesAreTheFilesOfTheProfilesFolder) {
  EXPECT_EQ(profile_names(), (std::vector<std::string>{"tensorrt_block_fma", "tensorrt_exact"}));
}

TEST(Profile, AccumulationFollowsTheFile) {
  EXPECT_EQ(find_profile("tensorrt_exact").value().accumulation, Accumulation::exact);
  EXPECT_EQ(find_profile("tensorrt_block_fma").value().accumulation, Accumulation::block_fma);
}

TEST(Profile, UnknownNameListsTheKnownOnes) {
  EXPECT_EQ(error_of(find_profile("tensorrt_exakt")),
            "invalid: profile \"tensorrt_exakt\": unknown, only tensorrt_block_fma, tensorrt_exact "
            "(did you mean \"tensorrt_exact\"?)");
}

TEST(Profile, RoundTripsThroughJson) {
  for (const std::string& name : profile_names()) {
    const Profile profile = find_profile(name).value();
    const Profile again = profile_from_json(profile_to_json(profile)).value();
    EXPECT_EQ(again.name, name);
    EXPECT_EQ(again.accumulation, profile.accumulation);
  }
}

TEST(Profile, ObjectThatDiffersFromTheBuiltInOneIsRefused) {
  nlohmann::json object = profile_to_json(find_profile("tensorrt_exact").value());
  object["accumulation"] = "block_fma";
  EXPECT_EQ(error_of(profile_from_json(object)),
            "invalid: profile tensorrt_exact: accumulation is \"block_fma\", the profile of this "
            "name has \"exact\"");
}

TEST(Profile, MissingFieldIsRefused) {
  nlohmann::json object = profile_to_json(find_profile("tensorrt_exact").value());
  object.erase("nan");
  EXPECT_TRUE(error_of(profile_from_json(object))
                  .starts_with("invalid: profile: /: Missing required property 'nan'."));
}

TEST(Profile, DefaultConstructedOneBecomesNull) {
  EXPECT_TRUE(profile_to_json({}).is_null());
}

}  // namespace
}  // namespace assay
