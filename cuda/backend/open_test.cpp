// SPDX-License-Identifier: Apache-2.0
// Opening a driver and a device: what is refused, with which reason.
#include <gtest/gtest.h>

#include "cuda/backend/test_fake_driver.hpp"

namespace assay::cuda {
namespace {

class Open : public OnFakeDriver {
 protected:
  void expect(const Outcome& outcome, const char* code, const std::vector<std::string>& texts) {
    EXPECT_EQ(outcome, code);
    for (const std::string& text : texts)
      EXPECT_NE(outcome.message.find(text), std::string::npos) << text << " in " << outcome;
    close();
  }
};
ASSAY_BOTH_INTERFACES(Open);

TEST_P(Open, ADeviceSaysWhatItIs) {
  driver.device_name = "Fake Thor";
  driver.major = 11;
  ASSERT_EQ(open(), "success");
  EXPECT_EQ(front->device_name(), "Fake Thor");
  EXPECT_EQ(front->compute_capability(), "11.0");
  EXPECT_EQ(driver.retained, 1);
}

TEST_P(Open, AMissingLibraryIsNamed) {
  expect(front->open("/nowhere/libcuda.so.1"), "driver_unavailable",
         {"no CUDA driver", "/nowhere/libcuda.so.1"});
}

TEST_P(Open, AnEmptyPathIsNotTheProgramItself) {
  expect(front->open(""), "driver_unavailable", {"the path is empty"});
}

TEST_P(Open, AFileThatIsNoLibraryIsNamed) {
  expect(front->open(__FILE__), "driver_unavailable", {"open_test.cpp"});
}

TEST_P(Open, AFunctionThatTheDriverLacksIsNamed) {
  expect(front->open(ASSAY_INCOMPLETE_DRIVER), "driver_unavailable",
         {ASSAY_INCOMPLETE_DRIVER, "has no function cuLaunchKernel", "CUDA 13.0 or later"});
}

TEST_P(Open, ADriverThatCannotStartSaysWhy) {
  driver.fail("cuInit", 1, CUDA_ERROR_NO_DEVICE);
  expect(open(), "driver_unavailable", {"cuInit: CUDA_ERROR_NO_DEVICE"});
  EXPECT_EQ(open(), "success");
}

TEST_P(Open, NoSuchDevice) {
  for (const int ordinal : {1, -1})
    expect(front->open(ASSAY_FAKE_DRIVER, ordinal), "invalid_argument",
           {fmt::format("device {}: cuDeviceGet: CUDA_ERROR_INVALID_DEVICE", ordinal)});
}

TEST_P(Open, OtherArchitecturesAreRefusedWithTheReason) {
  struct Refused {
    int major, minor;
    const char* reason;
  };
  for (const auto& [major, minor, reason] :
       {Refused{8, 9, "no instructions for FP4"}, Refused{9, 0, "no instructions for FP4"},
        Refused{12, 0, "no code in the library runs on it"},
        Refused{12, 1, "no code in the library runs on it"}}) {
    driver.major = major;
    driver.minor = minor;
    expect(open(), "unsupported_device",
           {"Fake B200", fmt::format("compute capability {}.{}", major, minor), reason,
            "10.x (Blackwell B200, B300) and 11.x (Thor)"});
  }
}

TEST_P(Open, EveryMinorArchitectureOfBothIsTaken) {
  for (const auto& [major, minor] : {std::pair{10, 0}, {10, 3}, {10, 9}, {11, 0}, {11, 5}}) {
    driver.major = major;
    driver.minor = minor;
    EXPECT_EQ(open(), "success") << major << '.' << minor;
    close();
  }
}

TEST_P(Open, EveryCallThatFailsIsNamedAndLeavesNothing) {
  ASSERT_EQ(open(), "success");
  for (const char* function : {"cuDeviceGet", "cuDeviceGetName", "cuDeviceGetAttribute",
                               "cuDriverGetVersion", "cuDevicePrimaryCtxRetain"}) {
    driver.fail(function, 1, CUDA_ERROR_UNKNOWN);
    expect(open(), "driver_error", {fmt::format("device 0: {}: CUDA_ERROR_UNKNOWN", function)});
  }
}

TEST_P(Open, AnErrorWithoutANameKeepsItsNumber) {
  driver.fail("cuDeviceGet", 1, static_cast<CUresult>(1000));
  expect(open(), "driver_error", {"1000 (no description)"});
}

}  // namespace
}  // namespace assay::cuda
