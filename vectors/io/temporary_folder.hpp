// SPDX-License-Identifier: Apache-2.0
// A folder of its own, removed with everything in it.
#pragma once

#include <filesystem>
#include <utility>

#include "reference/result.hpp"

namespace assay {

class TemporaryFolder {
 public:
  // Below `parent`; below the system's temporary folder ($TMPDIR, else /tmp) where that is empty.
  // Error (usage): it cannot be made, with the system's reason.
  static Result<TemporaryFolder> make(const std::filesystem::path& parent = {});

  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace assay
