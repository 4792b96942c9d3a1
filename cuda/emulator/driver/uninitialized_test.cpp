// SPDX-License-Identifier: Apache-2.0
// The driver before cuInit, and cuInit under a bad environment: a process of its own.
#include <cstdlib>

#include "cuda/emulator/driver/test_api.hpp"

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

}  // namespace
}  // namespace assay::emulator
