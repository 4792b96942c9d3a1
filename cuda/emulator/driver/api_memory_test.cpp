// SPDX-License-Identifier: Apache-2.0
// Memory: allocation, copies of one to three dimensions, memset. Expected
// bytes come from loops over host arrays.
#include <numeric>

#include "cuda/emulator/driver/api_under_test.hpp"

namespace assay::emulator {
namespace {

using MemoryTest = DriverTest;

std::vector<std::uint8_t> numbered(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
  return bytes;
}

TEST_F(MemoryTest, MisuseOfAllocationIsRefused) {
  CUdeviceptr address = 0;
  EXPECT_EQ(cu.cuMemAlloc_v2(&address, 0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemAlloc_v2(nullptr, 16), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemAlloc_v2(&address, std::size_t{1} << 50), CUDA_ERROR_OUT_OF_MEMORY);
  address = allocate(16);
  EXPECT_EQ(address % 256, 0u);
  EXPECT_EQ(cu.cuMemFree_v2(address + 4), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemFree_v2(address), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuMemFree_v2(address), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemFree_v2(0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuMemFree_v2(12345), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(MemoryTest, ManagedMemoryIsRefusedWithItsReason) {
  CUdeviceptr address = 0;
  testing::internal::CaptureStderr();
  EXPECT_EQ(cu.cuMemAllocManaged(&address, 16, 1), CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("managed memory"), std::string::npos);
}

TEST_F(MemoryTest, FreeMemoryShrinksByWhatIsAllocated) {
  std::size_t before = 0, after = 0, total = 0;
  ASSERT_EQ(cu.cuMemGetInfo_v2(&before, &total), CUDA_SUCCESS);
  EXPECT_LE(before, total);
  const CUdeviceptr address = allocate(1 << 20);
  ASSERT_EQ(cu.cuMemGetInfo_v2(&after, &total), CUDA_SUCCESS);
  EXPECT_LE(after, before - (1 << 20));
  ASSERT_EQ(cu.cuMemFree_v2(address), CUDA_SUCCESS);
  ASSERT_EQ(cu.cuMemGetInfo_v2(&after, &total), CUDA_SUCCESS);
  EXPECT_EQ(after, before);
}

TEST_F(MemoryTest, CopiesGoEveryWay) {
  const auto bytes = numbered(100);
  const CUdeviceptr a = upload(bytes), b = allocate(100);
  EXPECT_EQ(cu.cuMemcpyDtoD_v2(b, a, 100), CUDA_SUCCESS);
  EXPECT_EQ(download<std::uint8_t>(b, 100), bytes);
  std::vector<std::uint8_t> host(100);
  const auto host_address = reinterpret_cast<CUdeviceptr>(host.data());
  EXPECT_EQ(cu.cuMemcpy(host_address, a, 100), CUDA_SUCCESS);
  EXPECT_EQ(host, bytes);
  EXPECT_EQ(cu.cuMemcpy(b + 50, host_address, 50), CUDA_SUCCESS);
  const auto mixed = download<std::uint8_t>(b, 100);
  EXPECT_EQ(mixed[49], bytes[49]);
  EXPECT_EQ(mixed[50], bytes[0]);
  EXPECT_EQ(mixed[99], bytes[49]);
}

TEST_F(MemoryTest, CopiesOutsideAnAllocationAreRefused) {
  const CUdeviceptr address = allocate(100);
  std::vector<std::uint8_t> host(400);
  EXPECT_EQ(cu.cuMemcpyHtoD_v2(address, host.data(), 101), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemcpyHtoD_v2(address + 1, host.data(), 100), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemcpyDtoH_v2(host.data(), address - 1, 4), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemcpyHtoD_v2(address, nullptr, 4), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemcpyDtoH_v2(nullptr, address, 4), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemcpyHtoD_v2(reinterpret_cast<CUdeviceptr>(host.data()), host.data(), 4),
            CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemcpyHtoD_v2(address, host.data(), 0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuMemsetD8_v2(address, 0, 101), CUDA_ERROR_INVALID_VALUE);
  ASSERT_EQ(cu.cuMemFree_v2(address), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuMemcpyDtoH_v2(host.data(), address, 4), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(MemoryTest, MemsetWritesElementsOfItsSize) {
  const CUdeviceptr address = upload(numbered(32));
  EXPECT_EQ(cu.cuMemsetD8_v2(address, 0xAB, 3), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuMemsetD16_v2(address + 4, 0x1234, 2), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuMemsetD32_v2(address + 8, 0xDEADBEEF, 2), CUDA_SUCCESS);
  auto expected = numbered(32);
  for (int i = 0; i < 3; ++i)
    expected[i] = 0xAB;
  for (int i = 4; i < 8; i += 2)
    expected[i] = 0x34, expected[i + 1] = 0x12;
  for (int i = 8; i < 16; i += 4)
    expected[i] = 0xEF, expected[i + 1] = 0xBE, expected[i + 2] = 0xAD, expected[i + 3] = 0xDE;
  EXPECT_EQ(download<std::uint8_t>(address, 32), expected);
  EXPECT_EQ(cu.cuMemsetD32_v2(address + 2, 0, 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemsetD16_v2(address + 1, 0, 1), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(MemoryTest, MemsetOfRowsLeavesTheGaps) {
  CUdeviceptr address = 0;
  std::size_t pitch = 0;
  ASSERT_EQ(cu.cuMemAllocPitch_v2(&address, &pitch, 100, 3, 4), CUDA_SUCCESS);
  EXPECT_EQ(pitch % 512, 0u);
  EXPECT_GE(pitch, 100u);
  ASSERT_EQ(cu.cuMemsetD8_v2(address, 1, pitch * 3), CUDA_SUCCESS);
  ASSERT_EQ(cu.cuMemsetD2D16_v2(address, pitch, 0x0202, 50, 3), CUDA_SUCCESS);
  const auto bytes = download<std::uint8_t>(address, pitch * 3);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    EXPECT_EQ(bytes[i], i % pitch < 100 ? 2 : 1) << i;
  EXPECT_EQ(cu.cuMemsetD2D16_v2(address, 99, 0, 50, 3), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuMemAllocPitch_v2(&address, &pitch, 100, 3, 5), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(MemoryTest, CopiesOfRowsMoveTheRectangleOnly) {
  const auto source = numbered(20 * 6);  // pitch 20
  const CUdeviceptr device = allocate(16 * 5);
  ASSERT_EQ(cu.cuMemsetD8_v2(device, 0, 16 * 5), CUDA_SUCCESS);
  CUDA_MEMCPY2D copy{};
  copy.srcMemoryType = CU_MEMORYTYPE_HOST;
  copy.srcHost = source.data();
  copy.srcPitch = 20;
  copy.srcXInBytes = 3;
  copy.srcY = 2;
  copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
  copy.dstDevice = device;
  copy.dstPitch = 16;
  copy.dstXInBytes = 5;
  copy.dstY = 1;
  copy.WidthInBytes = 7;
  copy.Height = 4;
  ASSERT_EQ(cu.cuMemcpy2D_v2(&copy), CUDA_SUCCESS);
  const auto bytes = download<std::uint8_t>(device, 16 * 5);
  for (std::size_t y = 0; y < 5; ++y)
    for (std::size_t x = 0; x < 16; ++x) {
      const bool inside = y >= 1 && x >= 5 && x < 12;
      EXPECT_EQ(bytes[y * 16 + x], inside ? source[(y + 1) * 20 + x - 2] : 0) << y << "," << x;
    }
  copy.dstPitch = 11;  // narrower than what is written
  EXPECT_EQ(cu.cuMemcpy2D_v2(&copy), CUDA_ERROR_INVALID_VALUE);
  copy.dstPitch = 16;
  copy.dstMemoryType = CU_MEMORYTYPE_ARRAY;
  EXPECT_EQ(cu.cuMemcpy2D_v2(&copy), CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(cu.cuMemcpy2D_v2(nullptr), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(MemoryTest, CopiesOfPlanesMoveTheBoxOnly) {
  constexpr std::size_t kPitch = 8, kRows = 4, kPlanes = 3;
  const auto source = numbered(kPitch * kRows * kPlanes);
  const CUdeviceptr device = upload(source);
  std::vector<std::uint8_t> host(6 * 3 * 2, 0);
  CUDA_MEMCPY3D copy{};
  copy.srcMemoryType = CU_MEMORYTYPE_DEVICE;
  copy.srcDevice = device;
  copy.srcPitch = kPitch;
  copy.srcHeight = kRows;
  copy.srcXInBytes = 1;
  copy.srcY = 1;
  copy.srcZ = 1;
  copy.dstMemoryType = CU_MEMORYTYPE_HOST;
  copy.dstHost = host.data();
  copy.dstPitch = 6;
  copy.dstHeight = 3;
  copy.WidthInBytes = 5;
  copy.Height = 3;
  copy.Depth = 2;
  ASSERT_EQ(cu.cuMemcpy3D_v2(&copy), CUDA_SUCCESS);
  for (std::size_t z = 0; z < 2; ++z)
    for (std::size_t y = 0; y < 3; ++y)
      for (std::size_t x = 0; x < 6; ++x)
        EXPECT_EQ(host[(z * 3 + y) * 6 + x],
                  x < 5 ? source[((z + 1) * kRows + y + 1) * kPitch + x + 1] : 0);
}

}  // namespace
}  // namespace assay::emulator
