// SPDX-License-Identifier: Apache-2.0
// The driver before cuInit, cuInit under a bad environment, and what happens at exit: processes of
// their own.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "cuda/emulator/driver/api_under_test.hpp"

namespace assay::emulator {
namespace {

TEST(Uninitialized, OnlyVersionErrorsAndEntryPointsAreKnownUntilCuInitSucceeds) {
  Api& cu = api();
  int number = 0;
  CUcontext context = nullptr;
  const char* text = nullptr;
  void* address = nullptr;
  EXPECT_EQ(cu.cuDriverGetVersion(&number), CUDA_SUCCESS);
  EXPECT_EQ(number, 13000);
  EXPECT_EQ(cu.cuGetErrorString(CUDA_ERROR_NOT_INITIALIZED, &text), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuGetProcAddress_v2("cuInit", &address, 13000, 0, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuDeviceGetCount(&number), CUDA_ERROR_NOT_INITIALIZED);
  EXPECT_EQ(cu.cuCtxCreate_v2(&context, 0, 0), CUDA_ERROR_NOT_INITIALIZED);
  EXPECT_EQ(cu.cuCtxSynchronize(), CUDA_ERROR_NOT_INITIALIZED);

  setenv("ASSAY_EMULATE_SM", "90a", 1);
  testing::internal::CaptureStderr();
  EXPECT_EQ(cu.cuInit(0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("ASSAY_EMULATE_SM=90a"), std::string::npos);
  EXPECT_EQ(cu.cuDeviceGetCount(&number), CUDA_ERROR_NOT_INITIALIZED);

  setenv("ASSAY_EMULATE_SM", "100a", 1);
  EXPECT_EQ(cu.cuInit(0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuInit(0), CUDA_SUCCESS);
  int major = 0, minor = 9;
  EXPECT_EQ(cu.cuDeviceComputeCapability(&major, &minor, 0), CUDA_SUCCESS);
  EXPECT_EQ(major, 10);
  EXPECT_EQ(minor, 0);
  EXPECT_EQ(cu.cuCtxSynchronize(), CUDA_ERROR_INVALID_CONTEXT);
}

// Runs `scale` on 64 threads, with the profile going to `path`, and exits.
void run_with_profile(const std::string& path) {
  setenv("ASSAY_EMULATE_PROFILE", path.c_str(), 1);
  Api& cu = api();
  CUcontext context = nullptr;
  CUmodule module = nullptr;
  CUfunction scale = nullptr;
  CUdeviceptr data = 0;
  float factor = 2;
  unsigned count = 64;
  void* params[] = {&data, &factor, &count};
  const bool ran = cu.cuInit(0) == 0 && cu.cuCtxCreate_v2(&context, 0, 0) == 0 &&
                   cu.cuModuleLoadData(&module, kTestModule) == 0 &&
                   cu.cuModuleGetFunction(&scale, module, "scale") == 0 &&
                   cu.cuMemAlloc_v2(&data, 256) == 0 && cu.cuMemsetD32_v2(data, 0, 64) == 0 &&
                   cu.cuLaunchKernel(scale, 1, 1, 1, 64, 1, 1, 0, nullptr, params, nullptr) == 0;
  std::exit(ran ? 0 : 1);
}

TEST(Exit, TheProfileIsWrittenWhenTheProcessEnds) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const std::string path =
      (std::filesystem::temp_directory_path() / "assay-profile-test.json").string();
  std::filesystem::remove(path);
  EXPECT_EXIT(run_with_profile(path), testing::ExitedWithCode(0), "");
  std::ifstream file(path);
  const auto profile = nlohmann::json::parse(file, nullptr, false);
  EXPECT_NE(profile.dump().find("scale"), std::string::npos) << profile.dump();
  std::filesystem::remove(path);
  EXPECT_EXIT(run_with_profile("-"), testing::ExitedWithCode(0), "scale");
}

}  // namespace
}  // namespace assay::emulator
