// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/driver/profile_report.hpp"

#include <cstdlib>
#include <mutex>

#include <nlohmann/json.hpp>

#include "cuda/emulator/observe/profile.hpp"
#include "vectors/io/atomic_file.hpp"

namespace assay::emulator {
namespace {

// Alive to the end of the process, so that its last handlers find it.
struct Recorder {
  std::mutex mutex;
  Profile profile;
  std::string path;
};

Recorder& recorder() {
  static Recorder& only = *new Recorder;
  return only;
}

void write_profile() {
  Recorder& only = recorder();
  const std::lock_guard lock(only.mutex);
  if (only.path == "-") {
    fmt::print(stderr, "{}", only.profile.text());
    return;
  }
  const Status written = write_file(only.path, only.profile.json().dump(1) + "\n");
  if (!written) fmt::print(stderr, "assay emulator: {}\n", written.error().message);
}

}  // namespace

void record_profile(const Launch& launch) {
  if (!launch.options.profile) return;
  Recorder& only = recorder();
  const std::lock_guard lock(only.mutex);
  if (only.path.empty()) {
    only.path = launch.options.profile_path;
    std::atexit(write_profile);
  }
  only.profile.add(launch);
}

}  // namespace assay::emulator
