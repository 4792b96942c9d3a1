// SPDX-License-Identifier: Apache-2.0
// Target "cuda" on the fake driver, which fails where a test wants it: whatever a driver returns is
// a crash of that case alone, and nothing is left of a device that was given up. Oracle: the fake
// driver's own account.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <stdexcept>

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "conformance/suite/small_case.hpp"
#include "cuda/backend/fake_driver/fake_driver.hpp"

namespace assay {
namespace {

cuda::FakeDriver& fake_driver() {
  void* const library = dlopen(ASSAY_FAKE_DRIVER, RTLD_NOW | RTLD_LOCAL);
  void* const function = library == nullptr ? nullptr : dlsym(library, "assay_fake_driver");
  if (function == nullptr) throw std::runtime_error(dlerror());
  return reinterpret_cast<decltype(&assay_fake_driver)>(function)();
}

class CudaFailure : public testing::Test {
 protected:
  CudaFailure() {
    driver.reset();
    setenv("ASSAY_CUDA_DRIVER", ASSAY_FAKE_DRIVER, 1);
  }
  ~CudaFailure() override {
    target = nullptr;
    expect_nothing_left();
    EXPECT_EQ(driver.misuse, std::vector<std::string>{});
    unsetenv("ASSAY_CUDA_DRIVER");
  }

  void expect_nothing_left() const {
    EXPECT_EQ(driver.memory.size(), 0U);
    EXPECT_EQ(driver.modules.size(), 0U);
    EXPECT_EQ(driver.retained, 0);
  }

  void make() { target = make_target("cuda", {}).value(); }
  std::string error_of_making(const std::string& spec) const {
    const auto made = make_target(spec, {});
    if (made) return "no error";
    return (made.error().code == ErrorCode::target_unavailable ? "" : "another code: ") +
           made.error().message;
  }
  TargetResult run() const { return target->run(test_case).value(); }
  void expect_completed() const {
    const TargetResult result = run();
    EXPECT_EQ(result.outcome, TargetOutcome::completed) << result.reason;
  }

  cuda::FakeDriver& driver = fake_driver();
  CaseFile test_case = small_case([](CaseDescription& description, Tensors&) {
    description.profile = find_profile("tensorrt_block_fma").value();
  });
  std::unique_ptr<Target> target;
};

TEST_F(CudaFailure, ALostContextIsACrashAndTheDeviceIsOpenedAnew) {
  make();
  driver.fail("cuLaunchKernel", 3, CUDA_ERROR_ILLEGAL_ADDRESS, cuda::FakeFailure::sticky);
  const TargetResult lost = run();
  EXPECT_EQ(lost.outcome, TargetOutcome::crashed);
  EXPECT_TRUE(lost.reason.starts_with("context_lost: ")) << lost.reason;
  EXPECT_NE(lost.reason.find("CUDA_ERROR_ILLEGAL_ADDRESS"), std::string::npos) << lost.reason;
  EXPECT_TRUE(lost.tensors.empty());
  expect_nothing_left();
  expect_completed();
}

TEST_F(CudaFailure, ADeviceThatCannotBeOpenedAgainIsSaidInEveryCase) {
  make();
  driver.fail("cuLaunchKernel", 1, CUDA_ERROR_ILLEGAL_INSTRUCTION, cuda::FakeFailure::sticky);
  EXPECT_EQ(run().outcome, TargetOutcome::crashed);
  for (int i = 0; i < 2; ++i) {
    driver.fail("cuDevicePrimaryCtxRetain", 1, CUDA_ERROR_ECC_UNCORRECTABLE);
    const TargetResult result = run();
    EXPECT_EQ(result.outcome, TargetOutcome::crashed);
    EXPECT_TRUE(result.reason.starts_with("the device is lost since an earlier case: "))
        << result.reason;
    EXPECT_NE(result.reason.find("CUDA_ERROR_ECC_UNCORRECTABLE"), std::string::npos);
  }
  expect_completed();
}

TEST_F(CudaFailure, NoResultOfADriverCallRejectsACase) {
  for (const char* function :
       {"cuModuleLoadData", "cuModuleGetFunction", "cuMemAlloc", "cuMemcpyHtoD", "cuMemcpyDtoH",
        "cuLaunchKernel", "cuCtxPushCurrent", "cuStreamSynchronize"}) {
    for (const CUresult result :
         {CUDA_ERROR_INVALID_VALUE, CUDA_ERROR_OUT_OF_MEMORY, CUDA_ERROR_NOT_SUPPORTED,
          CUDA_ERROR_LAUNCH_FAILED, CUDA_ERROR_UNKNOWN}) {
      make();
      driver.fail(function, 1, result);
      EXPECT_EQ(run().outcome, TargetOutcome::crashed) << function << " " << result;
      expect_completed();
      target = nullptr;
      expect_nothing_left();
    }
  }
}

TEST_F(CudaFailure, LaunchesAreThoseThatTheDriverSaw) {
  make();
  expect_completed();
  std::map<std::string, int> seen;
  for (const cuda::FakeLaunch& launch : driver.launches)
    if (!launch.kernel.starts_with("moe_prepack_")) ++seen[launch.kernel];
  std::string text;
  for (const auto& [kernel, count] : seen)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", kernel, count);
  const TargetEvidence evidence = target->evidence();
  EXPECT_NE(std::ranges::find(evidence, std::pair(std::string("launches"), text)), evidence.end());
}

TEST_F(CudaFailure, OtherDevicesAreUnavailableWithTheReason) {
  driver.major = 9;
  EXPECT_NE(error_of_making("cuda").find("compute capability 9.0"), std::string::npos);
  driver.reset();
  driver.device_count = 0;
  EXPECT_NE(error_of_making("cuda").find("CUDA_ERROR_"), std::string::npos);
  driver.reset();
  EXPECT_NE(error_of_making("cuda:emulated").find("Fake B200, which is not emulated"),
            std::string::npos);
}

}  // namespace
}  // namespace assay
