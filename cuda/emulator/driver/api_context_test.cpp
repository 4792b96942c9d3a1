// SPDX-License-Identifier: Apache-2.0
// Contexts: the thread's stack, the primary context, settings, misuse.
#include <thread>

#include "cuda/emulator/driver/api_under_test.hpp"

namespace assay::emulator {
namespace {

using ContextTest = DriverTest;

TEST_F(ContextTest, TheStackIsTheThreadsOwn) {
  CUcontext second = nullptr, current = nullptr;
  ASSERT_EQ(cu.cuCtxCreate_v2(&second, 0, 0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuCtxGetCurrent(&current), CUDA_SUCCESS);
  EXPECT_EQ(current, second);
  EXPECT_EQ(cu.cuCtxPopCurrent_v2(&current), CUDA_SUCCESS);
  EXPECT_EQ(current, second);
  EXPECT_EQ(cu.cuCtxGetCurrent(&current), CUDA_SUCCESS);
  EXPECT_EQ(current, context_);
  std::thread([&] {
    CUcontext other = second;
    EXPECT_EQ(cu.cuCtxGetCurrent(&other), CUDA_SUCCESS);
    EXPECT_EQ(other, nullptr);
    CUdeviceptr address = 0;
    EXPECT_EQ(cu.cuMemAlloc_v2(&address, 4), CUDA_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(cu.cuCtxSetCurrent(second), CUDA_SUCCESS);
    EXPECT_EQ(cu.cuMemAlloc_v2(&address, 4), CUDA_SUCCESS);
  }).join();
  EXPECT_EQ(cu.cuCtxDestroy_v2(second), CUDA_SUCCESS);
}

TEST_F(ContextTest, SetCurrentReplacesTheTopAndNullEmptiesIt) {
  CUcontext second = nullptr, current = nullptr;
  ASSERT_EQ(cu.cuCtxCreate_v4(&second, nullptr, 0, 0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuCtxSetCurrent(context_), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuCtxPopCurrent_v2(&current), CUDA_SUCCESS);
  EXPECT_EQ(current, context_);
  EXPECT_EQ(cu.cuCtxGetCurrent(&current), CUDA_SUCCESS);
  EXPECT_EQ(current, context_);  // the one of SetUp lies below
  EXPECT_EQ(cu.cuCtxSetCurrent(nullptr), CUDA_SUCCESS);
  CUdevice device = 0;
  EXPECT_EQ(cu.cuCtxGetDevice(&device), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cu.cuCtxPopCurrent_v2(nullptr), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cu.cuCtxDestroy_v2(second), CUDA_SUCCESS);
}

TEST_F(ContextTest, ADestroyedContextIsFoundOut) {
  CUcontext second = nullptr;
  ASSERT_EQ(cu.cuCtxCreate_v2(&second, 0, 0), CUDA_SUCCESS);
  ASSERT_EQ(cu.cuCtxPushCurrent_v2(second), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuCtxDestroy_v2(second), CUDA_SUCCESS);  // leaves one copy on the stack
  EXPECT_EQ(cu.cuCtxSynchronize(), CUDA_ERROR_CONTEXT_IS_DESTROYED);
  EXPECT_EQ(cu.cuCtxPopCurrent_v2(nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuCtxDestroy_v2(second), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cu.cuCtxPushCurrent_v2(second), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cu.cuCtxSetCurrent(reinterpret_cast<CUcontext>(this)), CUDA_ERROR_INVALID_CONTEXT);
}

TEST_F(ContextTest, DestructionFreesWhatTheContextOwns) {
  std::size_t before = 0, after = 0, total = 0;
  ASSERT_EQ(cu.cuMemGetInfo_v2(&before, &total), CUDA_SUCCESS);
  CUcontext second = nullptr;
  ASSERT_EQ(cu.cuCtxCreate_v2(&second, 0, 0), CUDA_SUCCESS);
  const CUdeviceptr address = allocate(1 << 20);
  const CUmodule module = load(kTestModule);
  CUstream stream = nullptr;
  ASSERT_EQ(cu.cuStreamCreate(&stream, 0), CUDA_SUCCESS);
  ASSERT_EQ(cu.cuCtxDestroy_v2(second), CUDA_SUCCESS);
  ASSERT_EQ(cu.cuMemGetInfo_v2(&after, &total), CUDA_SUCCESS);
  EXPECT_EQ(after, before);
  EXPECT_EQ(cu.cuMemFree_v2(address), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuModuleUnload(module), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cu.cuStreamDestroy_v2(stream), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(ContextTest, ThePrimaryContextLivesWhileRetained) {
  CUcontext primary = nullptr, again = nullptr;
  unsigned flags = 9;
  int active = 9;
  EXPECT_EQ(cu.cuDevicePrimaryCtxGetState(0, &flags, &active), CUDA_SUCCESS);
  EXPECT_EQ(active, 0);
  EXPECT_EQ(cu.cuDevicePrimaryCtxRelease_v2(0), CUDA_ERROR_INVALID_CONTEXT);
  ASSERT_EQ(cu.cuDevicePrimaryCtxRetain(&primary, 0), CUDA_SUCCESS);
  ASSERT_EQ(cu.cuDevicePrimaryCtxRetain(&again, 0), CUDA_SUCCESS);
  EXPECT_EQ(primary, again);
  EXPECT_EQ(cu.cuCtxDestroy_v2(primary), CUDA_ERROR_INVALID_CONTEXT);
  ASSERT_EQ(cu.cuCtxSetCurrent(primary), CUDA_SUCCESS);
  const CUdeviceptr address = allocate(64);
  EXPECT_EQ(cu.cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuMemsetD8_v2(address, 1, 64), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuMemsetD8_v2(address, 1, 64), CUDA_ERROR_CONTEXT_IS_DESTROYED);
  EXPECT_EQ(cu.cuCtxSetCurrent(primary), CUDA_ERROR_CONTEXT_IS_DESTROYED);
  // Retained again it is empty.
  ASSERT_EQ(cu.cuDevicePrimaryCtxRetain(&again, 0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuMemsetD8_v2(address, 1, 64), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuDevicePrimaryCtxRetain(&again, 1), CUDA_ERROR_INVALID_DEVICE);
}

TEST_F(ContextTest, SettingsAreKeptAndUnknownOnesRefused) {
  unsigned flags = 9, version = 0;
  CUcontext second = nullptr;
  ASSERT_EQ(cu.cuCtxCreate_v2(&second, 4, 0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuCtxGetFlags(&flags), CUDA_SUCCESS);
  EXPECT_EQ(flags, 4u);
  EXPECT_EQ(cu.cuCtxGetApiVersion(second, &version), CUDA_SUCCESS);
  EXPECT_EQ(version, 3020u);
  std::size_t value = 0;
  EXPECT_EQ(cu.cuCtxSetLimit(CU_LIMIT_STACK_SIZE, 4096), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuCtxGetLimit(&value, CU_LIMIT_STACK_SIZE), CUDA_SUCCESS);
  EXPECT_EQ(value, 4096u);
  EXPECT_EQ(cu.cuCtxGetLimit(&value, static_cast<CUlimit>(99)), CUDA_ERROR_UNSUPPORTED_LIMIT);
  EXPECT_EQ(cu.cuCtxDestroy_v2(second), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuCtxCreate_v2(&second, 0x1000, 0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuCtxCreate_v2(&second, 0, 1), CUDA_ERROR_INVALID_DEVICE);
  EXPECT_EQ(cu.cuCtxCreate_v2(nullptr, 0, 0), CUDA_ERROR_INVALID_VALUE);
  unsigned long long first_id = 0, second_id = 0;
  ASSERT_EQ(cu.cuCtxCreate_v2(&second, 0, 0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuCtxGetId(context_, &first_id), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuCtxGetId(second, &second_id), CUDA_SUCCESS);
  EXPECT_NE(first_id, second_id);
  EXPECT_EQ(cu.cuCtxDestroy_v2(second), CUDA_SUCCESS);
}

TEST_F(ContextTest, ManyThreadsMayUseOneContext) {
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      ASSERT_EQ(cu.cuCtxSetCurrent(context_), CUDA_SUCCESS);
      for (unsigned round = 0; round < 200; ++round) {
        const CUdeviceptr address = allocate(256);
        ASSERT_EQ(cu.cuMemsetD32_v2(address, t * 1000 + round, 64), CUDA_SUCCESS);
        EXPECT_EQ(download<unsigned>(address, 64), std::vector<unsigned>(64, t * 1000 + round));
        ASSERT_EQ(cu.cuMemFree_v2(address), CUDA_SUCCESS);
      }
    });
  for (std::thread& thread : threads)
    thread.join();
}

}  // namespace
}  // namespace assay::emulator
