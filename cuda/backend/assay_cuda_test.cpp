// SPDX-License-Identifier: Apache-2.0
// What the C interface adds to the C++ one: null objects, sizes of structures, status codes and
// messages of each thread, exceptions that end at the border.
#include "cuda/backend/assay_cuda.h"

#include <array>
#include <regex>
#include <thread>

#include <gtest/gtest.h>

#include "cuda/backend/test_fake_driver.hpp"
#include "cuda/kernels/kernel_images.hpp"

namespace assay::cuda {
namespace {

class CInterface : public testing::Test {
 protected:
  CInterface() { driver.reset(); }

  void expect(AssayCudaStatus status, AssayCudaStatus code, const std::string& message) {
    EXPECT_EQ(status, code) << assay_cuda_last_error();
    EXPECT_EQ(assay_cuda_last_error(), message);
  }
  void expect_invalid(AssayCudaStatus status, const std::string& message) {
    expect(status, ASSAY_CUDA_INVALID_ARGUMENT, message);
  }

  FakeDriver& driver = fake_driver();
};

TEST_F(CInterface, StatusCodesAreThoseOfCpp) {
  for (int code = ASSAY_CUDA_INVALID_ARGUMENT; code <= ASSAY_CUDA_INTERNAL; ++code)
    EXPECT_STREQ(assay_cuda_status_name(static_cast<AssayCudaStatus>(code)),
                 name_of(static_cast<CudaErrorCode>(code)));
  const std::pair<AssayCudaStatus, const char*> names[] = {
      {ASSAY_CUDA_SUCCESS, "success"},
      {ASSAY_CUDA_INVALID_ARGUMENT, "invalid_argument"},
      {ASSAY_CUDA_WORKSPACE_TOO_SMALL, "workspace_too_small"},
      {ASSAY_CUDA_DRIVER_UNAVAILABLE, "driver_unavailable"},
      {ASSAY_CUDA_UNSUPPORTED_DEVICE, "unsupported_device"},
      {ASSAY_CUDA_OUT_OF_MEMORY, "out_of_memory"},
      {ASSAY_CUDA_LAUNCH_FAILED, "launch_failed"},
      {ASSAY_CUDA_CONTEXT_LOST, "context_lost"},
      {ASSAY_CUDA_DRIVER_ERROR, "driver_error"},
      {ASSAY_CUDA_INTERNAL, "internal"},
      {static_cast<AssayCudaStatus>(10), "unknown"}};
  for (const auto& [status, name] : names)
    EXPECT_STREQ(assay_cuda_status_name(status), name);
}

TEST_F(CInterface, VersionAndKernels) {
  int major = 0, minor = 0, patch = 0;
  ASSERT_EQ(std::sscanf(ASSAY_PROJECT_VERSION, "%d.%d.%d", &major, &minor, &patch), 3);
  EXPECT_EQ(ASSAY_CUDA_VERSION, major * 10000 + minor * 100 + patch);
  EXPECT_EQ(assay_cuda_version(), static_cast<std::uint32_t>(ASSAY_CUDA_VERSION));
  EXPECT_EQ(assay_cuda_kernels_sha256(), kernel_images_sha256());
  EXPECT_TRUE(std::regex_match(assay_cuda_kernels_sha256(), std::regex("[0-9a-f]{64}")));
}

TEST_F(CInterface, NullIsAnErrorThatNamesTheArgument) {
  AssayCudaDevice* device = nullptr;
  AssayCudaMoeLayer* layer = nullptr;
  AssayCudaDeviceInfo info{};
  AssayCudaMoeDescription description{};
  AssayCudaMoeCall call{};
  std::size_t bytes = 0;
  expect_invalid(assay_cuda_device_open(ASSAY_FAKE_DRIVER, 0, nullptr), "device: is null");
  expect_invalid(assay_cuda_device_info(nullptr, &info), "device: is null");
  expect_invalid(assay_cuda_moe_create(nullptr, &description, &layer), "device: is null");
  ASSERT_EQ(assay_cuda_device_open(ASSAY_FAKE_DRIVER, 0, &device), ASSAY_CUDA_SUCCESS);
  expect_invalid(assay_cuda_device_info(device, nullptr), "info: is null");
  expect_invalid(assay_cuda_moe_create(device, nullptr, &layer), "description: is null");
  expect_invalid(assay_cuda_moe_create(device, &description, nullptr), "layer: is null");
  expect_invalid(assay_cuda_moe_workspace_bytes(nullptr, 1, &bytes), "layer: is null");
  expect_invalid(assay_cuda_moe_run(nullptr, &call), "layer: is null");
  assay_cuda_moe_destroy(nullptr);
  assay_cuda_device_close(nullptr);
  assay_cuda_device_close(device);
  EXPECT_EQ(driver.retained, 0);
}

TEST_F(CInterface, AFailedCallSetsTheObjectToNull) {
  auto* device = reinterpret_cast<AssayCudaDevice*>(1);
  EXPECT_EQ(assay_cuda_device_open("/nowhere.so", 0, &device), ASSAY_CUDA_DRIVER_UNAVAILABLE);
  EXPECT_EQ(device, nullptr);
  auto* layer = reinterpret_cast<AssayCudaMoeLayer*>(1);
  EXPECT_EQ(assay_cuda_moe_create(nullptr, nullptr, &layer), ASSAY_CUDA_INVALID_ARGUMENT);
  EXPECT_EQ(layer, nullptr);
}

TEST_F(CInterface, StructuresOfAnotherSizeAreRefused) {
  AssayCudaDevice* device = nullptr;
  AssayCudaMoeLayer* layer = nullptr;
  ASSERT_EQ(assay_cuda_device_open(ASSAY_FAKE_DRIVER, 0, &device), ASSAY_CUDA_SUCCESS);
  AssayCudaDeviceInfo info{};
  expect_invalid(assay_cuda_device_info(device, &info),
                 fmt::format("info: struct_size is 0, set it to sizeof, {}", sizeof info));
  AssayCudaMoeDescription description{};
  description.struct_size = sizeof description + 8;
  expect_invalid(assay_cuda_moe_create(device, &description, &layer),
                 fmt::format("description: struct_size is {}, set it to sizeof, {}",
                             sizeof description + 8, sizeof description));
  assay_cuda_device_close(device);
}

TEST_F(CInterface, TheMessageIsTheThreadsOwnAndThatOfItsLatestCall) {
  EXPECT_EQ(assay_cuda_device_open("/nowhere.so", 0, nullptr), ASSAY_CUDA_INVALID_ARGUMENT);
  std::thread([] {
    EXPECT_STREQ(assay_cuda_last_error(), "");
    EXPECT_EQ(assay_cuda_moe_run(nullptr, nullptr), ASSAY_CUDA_INVALID_ARGUMENT);
    EXPECT_STREQ(assay_cuda_last_error(), "layer: is null");
  }).join();
  EXPECT_STREQ(assay_cuda_last_error(), "device: is null");
  AssayCudaDevice* device = nullptr;
  EXPECT_EQ(assay_cuda_device_open(ASSAY_FAKE_DRIVER, 0, &device), ASSAY_CUDA_SUCCESS);
  EXPECT_STREQ(assay_cuda_last_error(), "");
  assay_cuda_device_close(device);
}

TEST_F(CInterface, ALongMessageIsCut) {
  const std::string path = '/' + std::string(3000, 'x');
  AssayCudaDevice* device = nullptr;
  EXPECT_EQ(assay_cuda_device_open(path.c_str(), 0, &device), ASSAY_CUDA_DRIVER_UNAVAILABLE);
  EXPECT_EQ(std::string(assay_cuda_last_error()).size(), 1023u);
}

TEST_F(CInterface, NoExceptionPasses) {
  AssayCudaDevice* device = nullptr;
  driver.fail("cuDeviceGetName", 1, CUDA_SUCCESS, FakeFailure::thrown);
  expect(assay_cuda_device_open(ASSAY_FAKE_DRIVER, 0, &device), ASSAY_CUDA_INTERNAL,
         "scripted exception");
}

TEST_F(CInterface, DeviceInfoIsEvidence) {
  AssayCudaDevice* device = nullptr;
  driver.major = 10;
  driver.minor = 3;
  ASSERT_EQ(assay_cuda_device_open(ASSAY_FAKE_DRIVER, 0, &device), ASSAY_CUDA_SUCCESS);
  AssayCudaDeviceInfo info{};
  info.struct_size = sizeof info;
  ASSERT_EQ(assay_cuda_device_info(device, &info), ASSAY_CUDA_SUCCESS);
  EXPECT_STREQ(info.name, "Fake B200");
  EXPECT_STREQ(info.driver, ASSAY_FAKE_DRIVER);
  EXPECT_EQ(info.driver_version, 13000);
  EXPECT_EQ(info.compute_capability[0], 10);
  EXPECT_EQ(info.compute_capability[1], 3);
  assay_cuda_device_close(device);
}

TEST_F(CInterface, SeveralThreadsMayCreateAndRunAtOnce) {
  AssayCudaDevice* device = nullptr;
  ASSERT_EQ(assay_cuda_device_open(ASSAY_FAKE_DRIVER, 0, &device), ASSAY_CUDA_SUCCESS);
  std::array<std::thread, 4> threads;
  for (std::thread& thread : threads)
    thread = std::thread([] {
      const auto front = make_c_front_end();
      const TestLayer layer;
      ASSERT_EQ(front->open(ASSAY_FAKE_DRIVER), "success");
      for (int round = 0; round < 10; ++round) {
        ASSERT_EQ(front->create(layer), "success");
        ASSERT_EQ(front->run({.tokens = 1,
                              .hidden_states = 0x10000,
                              .selected_experts_for_tokens = 0x10000,
                              .scores_for_selected_experts = 0x10000,
                              .output = 0x10000,
                              .workspace = 0x10000,
                              .workspace_bytes = 1 << 20}),
                  "success");
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(driver.launches.size(), 4u * 10 * (6 + 5));
  EXPECT_EQ(driver.memory.size(), 0u);
  EXPECT_EQ(driver.retained, 1);
  assay_cuda_device_close(device);
  EXPECT_EQ(driver.misuse, std::vector<std::string>{});
}

}  // namespace
}  // namespace assay::cuda
