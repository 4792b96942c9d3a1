// SPDX-License-Identifier: Apache-2.0
// The emulated device that the tests of the quantization calls share, and memory on it.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cuda/backend/device.hpp"

namespace assay::cuda {

inline std::shared_ptr<const Device> emulated_device() {
  const auto driver = load_driver(ASSAY_CUDA_EMULATOR);
  EXPECT_TRUE(driver) << driver.error().message;
  auto device = Device::open(*driver);
  EXPECT_TRUE(device) << device.error().message;
  return *device;
}

class QuantizeTest : public testing::Test {
 protected:
  template <typename T>
  Buffer uploaded(const std::vector<T>& values) {
    return *Buffer::upload(device, std::as_bytes(std::span(values)), "test");
  }
  // Holds what nothing has written: to read it is a finding of the emulator.
  Buffer allocated(std::size_t bytes) { return *Buffer::allocate(device, bytes, "test"); }

  const std::shared_ptr<const Device> device = emulated_device();
};

template <typename T>
std::vector<T> downloaded(const Buffer& buffer) {
  std::vector<T> values(buffer.bytes() / sizeof(T));
  const auto status = buffer.download(std::as_writable_bytes(std::span(values)));
  EXPECT_TRUE(status) << status.error().message;
  return values;
}

inline std::string error_of(const CudaStatus& status) {
  return status ? "no error"
                : std::string(name_of(status.error().code)) + ": " + status.error().message;
}

}  // namespace assay::cuda
