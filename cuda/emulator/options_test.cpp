// SPDX-License-Identifier: Apache-2.0
// The environment variables, as docs/emulator.md lists them.
#include "cuda/emulator/options.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

namespace assay::emulator {
namespace {

class EnvironmentTest : public testing::Test {
 protected:
  void TearDown() override {
    for (const char* name : {"SM", "MMA", "ASYNC", "SCHEDULE", "THREADS", "MAX_FINDINGS",
                             "MAX_STEPS", "BREAK", "PROFILE", "FINDINGS", "TRACE"})
      unsetenv((std::string("ASSAY_EMULATE_") + name).c_str());
  }
  static void set(const std::string& name, const char* value) {
    setenv(("ASSAY_EMULATE_" + name).c_str(), value, 1);
  }
};

TEST_F(EnvironmentTest, NothingSetGivesTheDefaults) {
  const auto options = options_from_environment();
  ASSERT_TRUE(options);
  EXPECT_EQ(options->target, "sm_110a");
  EXPECT_EQ(options->mma, MmaPolicy::certified);
  EXPECT_EQ(options->async, AsyncPolicy::eager);
  EXPECT_EQ(options->schedule, Schedule::fair);
  EXPECT_EQ(options->threads, 0);
  EXPECT_EQ(options->max_findings, 20);
  EXPECT_EQ(options->max_steps, 0u);
  EXPECT_EQ(options->break_line, 0);
  EXPECT_FALSE(options->profile);
  EXPECT_EQ(options->findings_path, "");
  EXPECT_EQ(options->trace, "");
}

TEST_F(EnvironmentTest, EveryVariableIsRead) {
  set("SM", "103a");
  set("MMA", "model");
  set("ASYNC", "random:18446744073709551615");
  set("SCHEDULE", "fuzz:7");
  set("THREADS", "3");
  set("MAX_FINDINGS", "1");
  set("MAX_STEPS", "5000000000");
  set("BREAK", "42");
  set("PROFILE", "-");
  set("FINDINGS", "f.json");
  set("TRACE", "0,0:k");
  const auto options = options_from_environment();
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->target, "sm_103a");
  EXPECT_EQ(options->mma, MmaPolicy::model);
  EXPECT_EQ(options->async, AsyncPolicy::random);
  EXPECT_EQ(options->async_seed, 18446744073709551615u);
  EXPECT_EQ(options->schedule, Schedule::fuzzed);
  EXPECT_EQ(options->schedule_seed, 7u);
  EXPECT_EQ(options->threads, 3);
  EXPECT_EQ(options->max_findings, 1);
  EXPECT_EQ(options->max_steps, 5000000000u);
  EXPECT_EQ(options->break_line, 42);
  EXPECT_TRUE(options->profile);
  EXPECT_EQ(options->profile_path, "-");
  EXPECT_EQ(options->findings_path, "f.json");
  EXPECT_EQ(options->trace, "0,0:k");
}

TEST_F(EnvironmentTest, TheOtherWordsAreRead) {
  set("SM", "100a");
  set("MMA", "fma");
  set("ASYNC", "lazy");
  set("SCHEDULE", "fair");
  const auto options = options_from_environment();
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->target, "sm_100a");
  EXPECT_EQ(options->mma, MmaPolicy::fma);
  EXPECT_EQ(options->async, AsyncPolicy::lazy);
  EXPECT_EQ(options->schedule, Schedule::fair);
}

TEST_F(EnvironmentTest, AnotherValueIsAnErrorThatNamesTheVariableAndWhatItMayBe) {
  const std::pair<const char*, const char*> bad[] = {
      {"SM", "90a"},        {"SM", "sm_110a"},          {"MMA", "exact"},
      {"ASYNC", "random:"}, {"ASYNC", "random:1x"},     {"ASYNC", "late"},
      {"SCHEDULE", "fuzz"}, {"SCHEDULE", "fuzz:-1"},    {"THREADS", "-1"},
      {"THREADS", "2.5"},   {"MAX_FINDINGS", "0"},      {"MAX_STEPS", "-1"},
      {"BREAK", "0"},       {"THREADS", "99999999999"}, {"TRACE", "nonsense"}};
  for (const auto& [name, value] : bad) {
    set(name, value);
    const auto options = options_from_environment();
    ASSERT_FALSE(options) << name << "=" << value;
    EXPECT_EQ(options.error().code, ErrorCode::usage);
    EXPECT_NE(options.error().message.find(std::string("ASSAY_EMULATE_") + name + "=" + value),
              std::string::npos)
        << options.error().message;
    EXPECT_NE(options.error().message.find("may be"), std::string::npos);
    unsetenv((std::string("ASSAY_EMULATE_") + name).c_str());
  }
}

}  // namespace
}  // namespace assay::emulator
