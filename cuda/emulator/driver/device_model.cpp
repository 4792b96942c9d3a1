// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/driver/device_model.hpp"

#include <array>
#include <charconv>

#include "cuda/emulator/driver/cuda_abi.h"

namespace assay::emulator {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
constexpr int kMiB = 1 << 20;

// The order of members is DeviceModel's.
constexpr std::array<DeviceModel, 3> kModels{{
    {"sm_110a", "Assay emulator (sm_110a, as NVIDIA Thor)", 11, 0, 20, 1536, 24, 122 * kGiB,
     32 * kMiB, 1'575'000, 4'266'000, 256, 64, true},
    {"sm_103a", "Assay emulator (sm_103a, as NVIDIA B300)", 10, 3, 148, 2048, 32, 268 * kGiB,
     126 * kMiB + kMiB / 2, 1'920'000, 3'996'000, 8192, 64, false},
    {"sm_100a", "Assay emulator (sm_100a, as NVIDIA B200)", 10, 0, 148, 2048, 32, 178 * kGiB,
     126 * kMiB + kMiB / 2, 1'965'000, 3'996'000, 7680, 2, false},
}};

struct TargetName {
  int capability = 0;  // 110
  char suffix = 0;     // a, f, or none
};

std::optional<TargetName> parse_target(std::string_view text) {
  if (!text.starts_with("sm_")) return std::nullopt;
  TargetName name;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + 3, end, name.capability);
  if (error != std::errc{} || end - rest > 1) return std::nullopt;
  if (rest != end) name.suffix = *rest;
  if (name.suffix != 0 && name.suffix != 'a' && name.suffix != 'f') return std::nullopt;
  return name;
}

}  // namespace

Result<DeviceModel> find_device_model(std::string_view target) {
  for (const DeviceModel& model : kModels) {
    if (model.target == target) return model;
  }
  return fail(ErrorCode::usage, "{}: no such device; sm_110a, sm_103a and sm_100a are", target);
}

std::optional<int> device_attribute(const DeviceModel& d, unsigned attribute) {
  switch (attribute) {
#define ASSAY_DEVICE_ATTRIBUTE(name, number, value) \
  case number:                                      \
    return static_cast<int>(value);
#include "cuda/emulator/driver/device_attributes.inc"
#undef ASSAY_DEVICE_ATTRIBUTE
    default:
      return std::nullopt;
  }
}

bool accepts_target(const DeviceModel& device, std::string_view ptx_target) {
  const std::optional<TargetName> name = parse_target(ptx_target);
  if (!name) return false;
  const int own = device.major * 10 + device.minor;
  if (name->suffix == 'a') return name->capability == own;
  if (name->suffix == 'f') return name->capability / 10 == device.major && name->capability <= own;
  return name->capability <= own;
}

}  // namespace assay::emulator
