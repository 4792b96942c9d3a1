// SPDX-License-Identifier: Apache-2.0
#include "cuda/backend/device.hpp"

#include <array>

#include "cuda/kernels/kernel_images.hpp"

namespace assay::cuda {
namespace {

constexpr unsigned kPlainSharedBytes = 48 * 1024;  // of a block; more must be asked for

}  // namespace

CudaResult<std::shared_ptr<const Device>> Device::open(std::shared_ptr<const Driver> driver,
                                                       int ordinal) {
  const std::string context = fmt::format("device {}", ordinal);
  std::shared_ptr<Device> device(new Device);
  ASSAY_CU(*driver, context, cuDeviceGet, &device->device_, ordinal);
  std::array<char, 256> name{};
  ASSAY_CU(*driver, context, cuDeviceGetName, name.data(), static_cast<int>(name.size()),
           device->device_);
  device->name_ = name.data();
  ASSAY_CU(*driver, context, cuDeviceGetAttribute, &device->major_,
           CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device->device_);
  ASSAY_CU(*driver, context, cuDeviceGetAttribute, &device->minor_,
           CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device->device_);
  if (device->major_ != 10 && device->major_ != 11)
    return cuda_fail(CudaErrorCode::unsupported_device,
                     "{} has compute capability {}.{}: {}; the kernels are for 10.x (Blackwell "
                     "B200, B300) and 11.x (Thor)",
                     device->name_, device->major_, device->minor_,
                     device->major_ < 10 ? "it has no instructions for FP4"
                                         : "no code in the library runs on it");
  ASSAY_CU(*driver, context, cuDriverGetVersion, &device->version_);
  ASSAY_CU(*driver, context, cuDevicePrimaryCtxRetain, &device->context_, device->device_);
  device->driver_ = std::move(driver);
  return device;
}

Device::~Device() {
  if (context_ == nullptr) return;
  if (const CurrentContext current(*this); current.result() == CUDA_SUCCESS)
    for (const auto& [family, module] : modules_)
      if (module != nullptr) driver_->cuModuleUnload_fn(module);
  driver_->cuDevicePrimaryCtxRelease_fn(device_);
}

CudaResult<CUmodule> Device::module(const std::string& family) const {
  const std::lock_guard lock(mutex_);
  CUmodule& slot = modules_[family];  // first, so that no module is without a place
  if (slot != nullptr) return slot;
  CUmodule loaded = nullptr;
  ASSAY_CU(*driver_, fmt::format("kernels \"{}\" on {}", family, name_), cuModuleLoadData, &loaded,
           kernel_image(family).data());
  slot = loaded;
  return loaded;
}

CudaResult<CUfunction> Device::kernel(const std::string& family, const std::string& name,
                                      unsigned shared_bytes) const {
  ASSAY_ASSIGN(const auto current, CurrentContext::push(*this));
  ASSAY_ASSIGN(CUmodule const loaded, module(family));
  CUfunction function = nullptr;
  ASSAY_CU(*driver_, name, cuModuleGetFunction, &function, loaded, name.c_str());
  if (shared_bytes > kPlainSharedBytes)
    ASSAY_CU(*driver_, name, cuFuncSetAttribute, function,
             CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, static_cast<int>(shared_bytes));
  return function;
}

CurrentContext::CurrentContext(const Device& device) noexcept
    : driver_(&device.driver()), result_(driver_->cuCtxPushCurrent_fn(device.context())) {}

CudaResult<CurrentContext> CurrentContext::push(const Device& device) {
  CurrentContext current(device);
  if (current.result_ == CUDA_SUCCESS) return current;
  return tl::unexpected(
      error_of(device.driver(), current.result_, "cuCtxPushCurrent", device.name()));
}

CurrentContext::~CurrentContext() {
  CUcontext ignored = nullptr;
  if (driver_ != nullptr && result_ == CUDA_SUCCESS) driver_->cuCtxPopCurrent_fn(&ignored);
}

CudaResult<Buffer> Buffer::allocate(std::shared_ptr<const Device> device, std::size_t bytes,
                                    const std::string& what) {
  Buffer buffer;
  if (bytes == 0) return buffer;
  ASSAY_ASSIGN(const auto current, CurrentContext::push(*device));
  CUdeviceptr address = 0;
  ASSAY_CU(device->driver(), fmt::format("{} ({} bytes)", what, bytes), cuMemAlloc, &address,
           bytes);
  buffer.address_ = address;
  buffer.bytes_ = bytes;
  buffer.device_ = std::move(device);
  return buffer;
}

CudaResult<Buffer> Buffer::upload(std::shared_ptr<const Device> device,
                                  std::span<const std::byte> bytes, const std::string& what) {
  ASSAY_ASSIGN(auto buffer, allocate(device, bytes.size(), what));
  if (bytes.empty()) return buffer;
  ASSAY_ASSIGN(const auto current, CurrentContext::push(*device));
  ASSAY_CU(device->driver(), what, cuMemcpyHtoD, buffer.address_, bytes.data(), bytes.size());
  return buffer;
}

CudaStatus Buffer::download(std::span<std::byte> bytes) const {
  if (bytes.size() > bytes_)
    return cuda_fail(CudaErrorCode::invalid_argument, "{} bytes wanted of a buffer of {}",
                     bytes.size(), bytes_);
  if (bytes.empty()) return {};
  ASSAY_ASSIGN(const auto current, CurrentContext::push(*device_));
  ASSAY_CU(device_->driver(), "download", cuMemcpyDtoH, bytes.data(), address_, bytes.size());
  return {};
}

Buffer::~Buffer() {
  if (address_ == 0) return;
  const CurrentContext current(*device_);  // where that fails, the memory has gone with the context
  if (current.result() == CUDA_SUCCESS) device_->driver().cuMemFree_fn(address_);
}

Buffer::Buffer(Buffer&& other) noexcept
    : device_(std::move(other.device_)),
      address_(std::exchange(other.address_, 0)),
      bytes_(std::exchange(other.bytes_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(address_, other.address_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace assay::cuda
