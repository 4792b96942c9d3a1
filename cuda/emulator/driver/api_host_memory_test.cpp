// SPDX-License-Identifier: Apache-2.0
// Host memory, pointer attributes, stream-ordered allocation.
#include "cuda/emulator/driver/api_under_test.hpp"

namespace assay::emulator {
namespace {

using MemoryTest = DriverTest;

TEST_F(MemoryTest, AddressRangesAndPointerAttributes) {
  const CUdeviceptr address = allocate(100);
  CUdeviceptr base = 0;
  std::size_t size = 0;
  EXPECT_EQ(cu.cuMemGetAddressRange_v2(&base, &size, address + 99), CUDA_SUCCESS);
  EXPECT_EQ(base, address);
  EXPECT_EQ(size, 100u);
  EXPECT_EQ(cu.cuMemGetAddressRange_v2(&base, &size, address + 100), CUDA_ERROR_NOT_FOUND);
  unsigned type = 0;
  EXPECT_EQ(cu.cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, address + 5),
            CUDA_SUCCESS);
  EXPECT_EQ(type, unsigned{CU_MEMORYTYPE_DEVICE});
  CUcontext owner = nullptr;
  EXPECT_EQ(cu.cuPointerGetAttribute(&owner, CU_POINTER_ATTRIBUTE_CONTEXT, address), CUDA_SUCCESS);
  EXPECT_EQ(owner, context_);
  int local = 0;
  const auto host = reinterpret_cast<CUdeviceptr>(&local);
  EXPECT_EQ(cu.cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, host),
            CUDA_ERROR_INVALID_VALUE);
  CUpointer_attribute wanted[] = {CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
                                  CU_POINTER_ATTRIBUTE_RANGE_SIZE};
  void* results[] = {&type, &size};
  EXPECT_EQ(cu.cuPointerGetAttributes(2, wanted, results, address), CUDA_SUCCESS);
  EXPECT_EQ(size, 100u);
  EXPECT_EQ(cu.cuPointerGetAttributes(2, wanted, results, host), CUDA_SUCCESS);
  EXPECT_EQ(type, 0u);
  EXPECT_EQ(size, 0u);
}

TEST_F(MemoryTest, KernelsReachHostMemoryThroughItsDevicePointer) {
  void* host = nullptr;
  ASSERT_EQ(cu.cuMemHostAlloc(&host, 64, CU_MEMHOSTALLOC_DEVICEMAP), CUDA_SUCCESS);
  auto* const numbers = static_cast<float*>(host);
  for (int i = 0; i < 16; ++i)
    numbers[i] = static_cast<float>(i);
  CUdeviceptr address = 0;
  ASSERT_EQ(cu.cuMemHostGetDevicePointer_v2(&address, host, 0), CUDA_SUCCESS);
  float factor = 3;
  unsigned count = 16;
  EXPECT_EQ(run(function(load(kTestModule), "scale"), 32, {&address, &factor, &count}),
            CUDA_SUCCESS);
  for (int i = 0; i < 16; ++i)
    EXPECT_EQ(numbers[i], static_cast<float>(3 * i));
  unsigned type = 0, flags = 0;
  EXPECT_EQ(cu.cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
                                     reinterpret_cast<CUdeviceptr>(host)),
            CUDA_SUCCESS);
  EXPECT_EQ(type, unsigned{CU_MEMORYTYPE_HOST});
  EXPECT_EQ(cu.cuMemHostGetFlags(&flags, host), CUDA_SUCCESS);
  EXPECT_EQ(flags, CU_MEMHOSTALLOC_DEVICEMAP);
  EXPECT_EQ(cu.cuMemFree_v2(address), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemFreeHost(numbers + 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemFreeHost(host), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuMemFreeHost(host), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemFreeHost(&count), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemFreeHost(nullptr), CUDA_SUCCESS);
}

TEST_F(MemoryTest, RegistrationIsKeptAndItsMisuseFound) {
  std::vector<char> bytes(1000);
  CUdeviceptr address = 0;
  EXPECT_EQ(cu.cuMemHostRegister_v2(bytes.data(), 500, 0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuMemHostRegister_v2(bytes.data() + 499, 10, 0),
            CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED);
  EXPECT_EQ(cu.cuMemHostRegister_v2(bytes.data() + 500, 10, 0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuMemHostGetDevicePointer_v2(&address, bytes.data() + 100, 0),
            CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(cu.cuMemHostUnregister(bytes.data() + 1), CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
  EXPECT_EQ(cu.cuMemHostUnregister(bytes.data()), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuMemHostUnregister(bytes.data()), CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
  EXPECT_EQ(cu.cuMemHostUnregister(bytes.data() + 500), CUDA_SUCCESS);
}

TEST_F(MemoryTest, StreamOrderedAllocationUsesTheOnePool) {
  CUmemoryPool pool = nullptr;
  ASSERT_EQ(cu.cuDeviceGetDefaultMemPool(&pool, 0), CUDA_SUCCESS);
  CUdeviceptr address = 0;
  ASSERT_EQ(cu.cuMemAllocAsync(&address, 1000, nullptr), CUDA_SUCCESS);
  cuuint64_t used = 0;
  EXPECT_EQ(cu.cuMemPoolGetAttribute(pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT, &used), CUDA_SUCCESS);
  EXPECT_GE(used, 1000u);
  EXPECT_EQ(cu.cuMemFreeAsync(address, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuMemFreeAsync(address, nullptr), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemPoolGetAttribute(nullptr, CU_MEMPOOL_ATTR_USED_MEM_CURRENT, &used),
            CUDA_ERROR_INVALID_HANDLE);
}

}  // namespace
}  // namespace assay::emulator
