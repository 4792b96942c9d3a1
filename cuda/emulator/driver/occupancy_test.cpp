// SPDX-License-Identifier: Apache-2.0
// Oracle: NVIDIA's cuda_occupancy.h, which is host code.
#include "cuda/emulator/driver/occupancy.hpp"

#include <climits>

#include <cuda_occupancy.h>
#include <gtest/gtest.h>

namespace assay::emulator {
namespace {

cudaOccDeviceProp properties(const DeviceModel& model) {
  cudaOccDeviceProp prop;
  prop.computeMajor = model.major;
  prop.computeMinor = model.minor;
  prop.maxThreadsPerBlock = 1024;
  prop.maxThreadsPerMultiprocessor = model.threads_per_multiprocessor;
  prop.regsPerBlock = prop.regsPerMultiprocessor = kRegistersPerMultiprocessor;
  prop.warpSize = 32;
  prop.sharedMemPerBlock = 48 * 1024;
  prop.sharedMemPerMultiprocessor = kSharedPerMultiprocessor;
  prop.numSms = model.multiprocessors;
  prop.sharedMemPerBlockOptin = kSharedPerBlockOptIn;
  prop.reservedSharedMemPerBlock = kReservedSharedPerBlock;
  return prop;
}

cudaOccFuncAttributes attributes(int registers, std::size_t shared) {
  cudaOccFuncAttributes function;
  function.maxThreadsPerBlock = INT_MAX;
  function.numRegs = registers;
  function.sharedSizeBytes = shared;
  function.partitionedGCConfig = PARTITIONED_GC_OFF;
  function.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN;
  function.maxDynamicSharedSizeBytes = kSharedPerBlockOptIn - shared;
  function.numBlockBarriers = 1;
  function.virtualResourceCount = 0;
  return function;
}

class OccupancyTest : public testing::TestWithParam<const char*> {
 protected:
  const DeviceModel model_ = *find_device_model(GetParam());
};

TEST_P(OccupancyTest, ResidentBlocksEqualNvidiasCalculator) {
  const cudaOccDeviceProp prop = properties(model_);
  const cudaOccDeviceState state;
  for (int registers = 1; registers <= 255; registers += 2)
    for (int threads = 1; threads <= 1024; threads += 31)
      for (std::size_t shared = 0; shared <= kSharedPerBlockOptIn; shared += 7321) {
        const cudaOccFuncAttributes function = attributes(registers, shared);
        cudaOccResult result;
        ASSERT_EQ(
            cudaOccMaxActiveBlocksPerMultiprocessor(&result, &prop, &function, &state, threads, 0),
            CUDA_OCC_SUCCESS);
        ASSERT_EQ(resident_blocks(model_, registers, shared, threads),
                  result.activeBlocksPerMultiprocessor)
            << registers << " registers, " << threads << " threads, " << shared << " bytes";
      }
}

// A block of the largest size fits, the next larger one does not.
TEST_P(OccupancyTest, TheLargestBlockIsTheLargestThatNvidiasCalculatorLetsRun) {
  const cudaOccDeviceProp prop = properties(model_);
  const cudaOccDeviceState state;
  const auto fits = [&](int registers, int threads) {
    const cudaOccFuncAttributes function = attributes(registers, 0);
    cudaOccResult result;
    EXPECT_EQ(
        cudaOccMaxActiveBlocksPerMultiprocessor(&result, &prop, &function, &state, threads, 0),
        CUDA_OCC_SUCCESS);
    return result.activeBlocksPerMultiprocessor > 0;
  };
  for (int registers = 1; registers <= 255; ++registers) {
    const int largest = largest_block(registers, 1024);
    EXPECT_TRUE(fits(registers, largest)) << registers;
    if (largest < 1024) {
      EXPECT_FALSE(fits(registers, largest + 1)) << registers;
    }
  }
}

// So much dynamic memory leaves room for as many blocks as were asked for; 128 bytes more do not.
TEST_P(OccupancyTest, AvailableSharedMemoryIsTheMostThatKeepsTheBlocksResident) {
  for (const std::size_t shared : {std::size_t{0}, std::size_t{100}, std::size_t{5000}})
    for (int blocks = 1; blocks <= model_.blocks_per_multiprocessor; ++blocks) {
      const std::size_t dynamic = available_dynamic_shared(shared, blocks);
      if (dynamic == 0) continue;
      EXPECT_GE(resident_blocks(model_, 16, shared + dynamic, 32), blocks);
      EXPECT_LT(resident_blocks(model_, 16, shared + dynamic + 128, 32), blocks);
    }
}

INSTANTIATE_TEST_SUITE_P(Devices, OccupancyTest, testing::Values("sm_110a", "sm_103a", "sm_100a"));

}  // namespace
}  // namespace assay::emulator
