// SPDX-License-Identifier: Apache-2.0
// A device that the kernels can run on, its context, kernels and memory, with C++ lifetimes. All of
// them may be moved to and destroyed on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "cuda/backend/driver.hpp"

namespace assay::cuda {

// The primary context of one device.
class Device {
 public:
  // Errors: invalid_argument where there is no device of that number; unsupported_device, with the
  // reason, where its compute capability is neither 10.x nor 11.x.
  static CudaResult<std::shared_ptr<const Device>> open(std::shared_ptr<const Driver> driver,
                                                        int ordinal = 0);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const Driver& driver() const { return *driver_; }
  const std::string& name() const { return name_; }  // as the driver says
  int major() const { return major_; }               // of the compute capability
  int minor() const { return minor_; }
  int driver_version() const { return version_; }  // 13000 is 13.0
  CUcontext context() const { return context_; }

  // A kernel of a family (a file of cuda/kernels), with room for `shared_bytes` of dynamic shared
  // memory. A family is loaded when first asked for and stays as long as the device.
  CudaResult<CUfunction> kernel(const std::string& family, const std::string& name,
                                unsigned shared_bytes = 0) const;

 private:
  Device() = default;
  CudaResult<CUmodule> module(const std::string& family) const;

  std::shared_ptr<const Driver> driver_;
  CUdevice device_ = 0;
  CUcontext context_ = nullptr;
  std::string name_;
  int major_ = 0, minor_ = 0, version_ = 0;
  mutable std::mutex mutex_;                         // guards modules_
  mutable std::map<std::string, CUmodule> modules_;  // null where loading failed
};

// Makes the device's context current on this thread for a scope, and restores what was.
class CurrentContext {
 public:
  static CudaResult<CurrentContext> push(const Device& device);
  // For destructors, which cannot report: look at result().
  explicit CurrentContext(const Device& device) noexcept;
  ~CurrentContext();
  CurrentContext(CurrentContext&& other) noexcept
      : driver_(std::exchange(other.driver_, nullptr)), result_(other.result_) {}
  CurrentContext& operator=(CurrentContext&&) = delete;

  CUresult result() const { return result_; }  // of cuCtxPushCurrent

 private:
  const Driver* driver_;
  CUresult result_;
};

// Device memory of just the size asked for.
class Buffer {
 public:
  Buffer() = default;
  // Not initialised. `what` names it in errors.
  static CudaResult<Buffer> allocate(std::shared_ptr<const Device> device, std::size_t bytes,
                                     const std::string& what);
  static CudaResult<Buffer> upload(std::shared_ptr<const Device> device,
                                   std::span<const std::byte> bytes, const std::string& what);
  ~Buffer();
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;

  CudaStatus download(std::span<std::byte> bytes) const;  // waits for the default stream
  CUdeviceptr address() const { return address_; }        // 0 where empty
  std::size_t bytes() const { return bytes_; }

 private:
  std::shared_ptr<const Device> device_;
  CUdeviceptr address_ = 0;
  std::size_t bytes_ = 0;
};

struct Grid {
  unsigned x = 1, y = 1, z = 1;
  unsigned threads = 1;       // of a block, all along x
  unsigned shared_bytes = 0;  // dynamic shared memory
};

// Enqueues the kernel; each argument has the very type of its parameter. Never waits.
template <typename... Arguments>
CudaStatus launch(const Device& device, const char* kernel, CUfunction function, const Grid& grid,
                  CUstream stream, Arguments... arguments) {
  void* parameters[] = {static_cast<void*>(&arguments)..., nullptr};
  ASSAY_CU(device.driver(), kernel, cuLaunchKernel, function, grid.x, grid.y, grid.z, grid.threads,
           1, 1, grid.shared_bytes, stream, parameters, nullptr);
  return {};
}

}  // namespace assay::cuda
