// SPDX-License-Identifier: Apache-2.0
// The devices that the emulator pretends to be, chosen by ASSAY_EMULATE_SM. docs/emulator_driver.md
// names the public source of each figure; those without one are called assumed there.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "reference/result.hpp"

namespace assay::emulator {

struct DeviceModel {
  std::string_view target;  // "sm_110a"
  std::string_view name;    // what cuDeviceGetName says
  int major = 0, minor = 0;
  int multiprocessors = 0;
  int threads_per_multiprocessor = 0, blocks_per_multiprocessor = 0;
  std::uint64_t memory_bytes = 0;
  int l2_bytes = 0;
  int clock_khz = 0, memory_clock_khz = 0, memory_bus_bits = 0;
  int single_to_double_ratio = 0;
  bool is_integrated = false;
};

// Error (usage): another target.
Result<DeviceModel> find_device_model(std::string_view target);

// Value of a CUdevice_attribute; nothing for numbers that CUDA 13.0 does not know.
std::optional<int> device_attribute(const DeviceModel& d, unsigned attribute);

// May PTX with this .target be compiled for the device? sm_90: compute capability 9.0 and later;
// sm_100f: 10.0 and later of the same family; sm_110a: exactly 11.0. Source: PTX ISA 9.0, 11.1.2
// (.target).
bool accepts_target(const DeviceModel& device, std::string_view ptx_target);

}  // namespace assay::emulator
