// SPDX-License-Identifier: Apache-2.0
// Specs of CUDA targets. Oracle: docs/cli.md, "Targets".
#include "conformance/target/cuda_choice.hpp"

#include <gtest/gtest.h>

#include "conformance/target/target.hpp"
#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

TEST(CudaChoice, TakesGpuEmulatorAndDevice) {
  EXPECT_FALSE(parse_cuda_choice("")->is_emulated);
  EXPECT_TRUE(parse_cuda_choice("emulated")->is_emulated);
  EXPECT_EQ(parse_cuda_choice("emulated")->device, "");
  for (const std::string& device : emulated_devices()) {
    const auto choice = parse_cuda_choice("emulated:" + device);
    ASSERT_TRUE(choice);
    EXPECT_TRUE(choice->is_emulated);
    EXPECT_EQ(choice->device, device);
    EXPECT_EQ(choice->spec(), "cuda:emulated:" + device);
  }
  EXPECT_EQ(parse_cuda_choice("")->spec(), "cuda");
  EXPECT_EQ(parse_cuda_choice("emulated")->spec(), "cuda:emulated");
}

TEST(CudaChoice, AnythingElseIsAUsageErrorThatNamesWhatIsGood) {
  EXPECT_EQ(error_of(parse_cuda_choice("emulated:sm_110")),
            "usage: target \"cuda:emulated:sm_110\": unknown device (did you mean \"sm_110a\"?); "
            "known are sm_100a, sm_103a, sm_110a");
  for (const std::string argument : {"emulated:", "emulated:110a", "emulated:sm_90a"})
    EXPECT_NE(error_of(parse_cuda_choice(argument)).find("known are sm_100a, sm_103a, sm_110a"),
              std::string::npos)
        << argument;
  for (const std::string argument : {"emulator", "0", ":sm_110a", "emulatedsm_110a"})
    EXPECT_NE(error_of(parse_cuda_choice(argument)).find("may be cuda, cuda:emulated"),
              std::string::npos)
        << argument;
}

TEST(CudaChoice, BadOnesAreRefusedBeforeAnyDriverIsLoaded) {
  const auto target = make_target("cuda:emulated:sm_90", {});
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().code, ErrorCode::usage);
}

}  // namespace
}  // namespace assay
