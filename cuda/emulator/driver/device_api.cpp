// SPDX-License-Identifier: Apache-2.0
// cuDevice*: the one device. Source: CUDA Driver API, "Device management", "Primary context
// management", "Peer context memory access".
#include <cstring>

#include "cuda/emulator/driver/entry.hpp"

namespace assay::emulator {
namespace {

constexpr unsigned char kUuid[16] = {0xA5, 0x5A, 0xE0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0};
constexpr const char* kPciBusId = "0000:00:00.0";

// The body takes Driver&; the device is known to exist.
template <typename Body>
CUresult with_device(const char* function, CUdevice device, Body&& body) noexcept {
  return in_driver(function, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(check_device(device));
    return body(driver);
  });
}

Outcome<void> copy_text(std::string_view text, char* out, int bytes) {
  ASSAY_TRY(require(out, "the text buffer"));
  if (bytes <= 0) return refuse(CUDA_ERROR_INVALID_VALUE, "a text buffer of {} bytes", bytes);
  const std::size_t length = std::min(text.size(), static_cast<std::size_t>(bytes) - 1);
  std::memcpy(out, text.data(), length);
  out[length] = '\0';
  return {};
}

CUdevprop properties(const DeviceModel& model) {
  const auto value = [&](CUdevice_attribute attribute) {
    return device_attribute(model, attribute).value_or(0);
  };
  CUdevprop prop{};
  prop.maxThreadsPerBlock = value(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
  for (unsigned axis = 0; axis < 3; ++axis) {
    prop.maxThreadsDim[axis] =
        value(static_cast<CUdevice_attribute>(CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X + axis));
    prop.maxGridSize[axis] =
        value(static_cast<CUdevice_attribute>(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X + axis));
  }
  prop.sharedMemPerBlock = value(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK);
  prop.totalConstantMemory = value(CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY);
  prop.SIMDWidth = value(CU_DEVICE_ATTRIBUTE_WARP_SIZE);
  prop.memPitch = value(CU_DEVICE_ATTRIBUTE_MAX_PITCH);
  prop.regsPerBlock = value(CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK);
  prop.clockRate = value(CU_DEVICE_ATTRIBUTE_CLOCK_RATE);
  prop.textureAlign = value(CU_DEVICE_ATTRIBUTE_TEXTURE_ALIGNMENT);
  return prop;
}

}  // namespace

}  // namespace assay::emulator

using namespace assay::emulator;

ASSAY_CUDA_API CUresult cuDeviceGetCount(int* count) {
  return in_driver(__func__, [&](Driver&) -> Outcome<void> {
    ASSAY_TRY(require(count, "count"));
    *count = 1;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  return with_device(__func__, ordinal, [&](Driver&) -> Outcome<void> {
    ASSAY_TRY(require(device, "device"));
    *device = 0;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuDeviceGetName(char* name, int len, CUdevice dev) {
  return with_device(__func__, dev,
                     [&](Driver& driver) { return copy_text(driver.model.name, name, len); });
}

ASSAY_CUDA_API CUresult cuDeviceGetUuid_v2(CUuuid* uuid, CUdevice dev) {
  return with_device(__func__, dev, [&](Driver&) -> Outcome<void> {
    ASSAY_TRY(require(uuid, "uuid"));
    std::memcpy(uuid->bytes, kUuid, sizeof kUuid);
    return {};
  });
}
ASSAY_CUDA_ALIAS(cuDeviceGetUuid, cuDeviceGetUuid_v2);

ASSAY_CUDA_API CUresult cuDeviceTotalMem_v2(std::size_t* bytes, CUdevice dev) {
  return with_device(__func__, dev, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(bytes, "bytes"));
    *bytes = driver.memory->capacity();
    return {};
  });
}

ASSAY_CUDA_API CUresult cuDeviceGetAttribute(int* pi, CUdevice_attribute attrib, CUdevice dev) {
  return with_device(__func__, dev, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(pi, "pi"));
    const std::optional<int> value = device_attribute(driver.model, attrib);
    if (!value)
      return refuse(CUDA_ERROR_INVALID_VALUE, "{} is not an attribute of CUDA 13.0",
                    static_cast<unsigned>(attrib));
    *pi = *value;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuDeviceComputeCapability(int* major, int* minor, CUdevice dev) {
  return with_device(__func__, dev, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(major, "major"));
    ASSAY_TRY(require(minor, "minor"));
    *major = driver.model.major;
    *minor = driver.model.minor;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuDeviceGetProperties(CUdevprop* prop, CUdevice dev) {
  return with_device(__func__, dev, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(prop, "prop"));
    *prop = properties(driver.model);
    return {};
  });
}

ASSAY_CUDA_API CUresult cuDeviceGetPCIBusId(char* pciBusId, int len, CUdevice dev) {
  return with_device(__func__, dev, [&](Driver&) { return copy_text(kPciBusId, pciBusId, len); });
}

ASSAY_CUDA_API CUresult cuDeviceGetByPCIBusId(CUdevice* dev, const char* pciBusId) {
  return in_driver(__func__, [&](Driver&) -> Outcome<void> {
    ASSAY_TRY(require(dev, "dev"));
    ASSAY_TRY(require(pciBusId, "pciBusId"));
    if (std::string_view(pciBusId) != kPciBusId)
      return refuse(CUDA_ERROR_INVALID_DEVICE, "{}: the device is at {}", pciBusId, kPciBusId);
    *dev = 0;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuDeviceGetExecAffinitySupport(int* pi, CUexecAffinityType, CUdevice dev) {
  return with_device(__func__, dev, [&](Driver&) -> Outcome<void> {
    ASSAY_TRY(require(pi, "pi"));
    *pi = 0;
    return {};
  });
}

// There is no peer: with itself a device has no peer access either.
ASSAY_CUDA_API CUresult cuDeviceCanAccessPeer(int* canAccessPeer, CUdevice dev, CUdevice peerDev) {
  return with_device(__func__, dev, [&](Driver&) -> Outcome<void> {
    ASSAY_TRY(check_device(peerDev));
    ASSAY_TRY(require(canAccessPeer, "canAccessPeer"));
    *canAccessPeer = 0;
    return {};
  });
}
