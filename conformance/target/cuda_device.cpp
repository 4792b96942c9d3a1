// SPDX-License-Identifier: Apache-2.0
#include "conformance/target/cuda_device.hpp"

#include <array>
#include <cstdlib>
#include <mutex>
#include <optional>

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFindings = "ASSAY_EMULATE_FINDINGS";
constexpr const char* kEmulator = "libassay_cuda_emulator.so";
constexpr std::string_view kEmulatorDevice = "Assay emulator";  // how its device names begin

const char* variable(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

// A variable of the environment that has another value for a scope; unchanged where `value` is
// empty.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    if (value.empty()) return;
    if (const char* const before = std::getenv(name)) before_ = before;
    is_set_ = setenv(name, value.c_str(), 1) == 0;
  }
  ~ScopedVariable() {
    if (!is_set_) return;
    if (before_) setenv(name_, before_->c_str(), 1);
    if (!before_) unsetenv(name_);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
  bool is_set_ = false;
};

// "sm_103a" of compute capability 10.3.
std::string device_target(const cuda::Device& device) {
  return fmt::format("sm_{}{}a", device.major(), device.minor());
}

}  // namespace

Result<fs::path> find_cuda_driver(const CudaChoice& choice) {
  if (const char* const named = variable("ASSAY_CUDA_DRIVER")) return named;
  if (!choice.is_emulated) return cuda::kGpuDriver;
  std::error_code ignored;  // no /proc: the build tree it is
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  const std::array places{folder / kEmulator, folder / ASSAY_LIBRARIES_FROM_PROGRAM / kEmulator,
                          fs::path(ASSAY_BUILT_EMULATOR)};
  for (const fs::path& place : places)
    if (fs::is_regular_file(place, ignored)) return place.lexically_normal();
  return fail(ErrorCode::target_unavailable,
              "{}: no {} beside the program or in its library folder: set ASSAY_CUDA_DRIVER to its "
              "path",
              choice.spec(), kEmulator);
}

Result<CudaDriver> load_cuda_driver(const CudaChoice& choice, const fs::path& folder) {
  static std::mutex mutex;  // two at once would read each other's variables
  const std::lock_guard lock(mutex);
  ASSAY_ASSIGN(const fs::path path, find_cuda_driver(choice));
  fs::path findings = folder.empty() ? "" : folder / "cuda_findings.json";
  if (const char* const named = variable(kFindings)) findings = named;
  const ScopedVariable device("ASSAY_EMULATE_SM",
                              choice.device.empty() ? "" : choice.device.substr(3));
  const ScopedVariable file(kFindings, findings.string());
  auto driver = cuda::load_driver(path.string());
  if (!driver)
    return fail(ErrorCode::target_unavailable, "{}: {}", choice.spec(), driver.error().message);
  return CudaDriver{*std::move(driver), std::move(findings)};
}

Result<std::shared_ptr<const cuda::Device>> open_cuda_device(
    const CudaChoice& choice, const std::shared_ptr<const cuda::Driver>& driver) {
  auto device = cuda::Device::open(driver);
  if (!device)
    return fail(ErrorCode::target_unavailable, "{}: {}", choice.spec(), device.error().message);
  const bool is_emulator = (*device)->name().starts_with(kEmulatorDevice);
  const bool is_other = !choice.device.empty() && device_target(**device) != choice.device;
  if (choice.is_emulated && (!is_emulator || is_other))
    return fail(ErrorCode::target_unavailable, "{}: the driver {} offers {}{}", choice.spec(),
                driver->path, (*device)->name(),
                is_emulator ? ": a process emulates one device" : ", which is not emulated");
  return *std::move(device);
}

}  // namespace assay
