// SPDX-License-Identifier: Apache-2.0
#include "conformance/target/cuda_choice.hpp"

#include <algorithm>

#include <fmt/ranges.h>

#include "reference/suggest.hpp"

namespace assay {
namespace {

constexpr std::string_view kEmulated = "emulated";

}  // namespace

std::string CudaChoice::spec() const {
  std::string text = "cuda";
  if (is_emulated) text.append(":").append(kEmulated);
  if (!device.empty()) text.append(":").append(device);
  return text;
}

const std::vector<std::string>& emulated_devices() {
  static const std::vector<std::string> names{"sm_100a", "sm_103a", "sm_110a"};
  return names;
}

Result<CudaChoice> parse_cuda_choice(const std::string& argument) {
  if (argument.empty()) return CudaChoice{};
  const auto& devices = emulated_devices();
  const std::size_t colon = argument.find(':');
  if (argument.substr(0, colon) != kEmulated)
    return fail(ErrorCode::usage,
                "target \"cuda:{}\": may be cuda, cuda:emulated, or cuda:emulated: and a device of "
                "{}",
                argument, fmt::join(devices, ", "));
  if (colon == std::string::npos) return CudaChoice{true, ""};
  const std::string device = argument.substr(colon + 1);
  if (std::ranges::find(devices, device) == devices.end())
    return fail(ErrorCode::usage, "target \"cuda:{}\": unknown device{}; known are {}", argument,
                did_you_mean(device, devices), fmt::join(devices, ", "));
  return CudaChoice{true, device};
}

}  // namespace assay
