// SPDX-License-Identifier: Apache-2.0
// For tests of files: a folder that is removed afterwards, and the message of an expected error.
#pragma once

#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>

#include <unistd.h>

#include "reference/result.hpp"

namespace assay {

class TestFolder {
 public:
  TestFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "assay-test-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() { std::filesystem::remove_all(path_); }

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }
  std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      names.insert(entry.path().filename());
    return names;
  }

 private:
  std::filesystem::path path_;
};

// "invalid: message" or "usage: message"; "no error" where the result holds a value.
template <typename T>
std::string error_of(const Result<T>& result) {
  if (result) return "no error";
  switch (result.error().code) {
    case ErrorCode::usage:
      return "usage: " + result.error().message;
    case ErrorCode::invalid_vectors:
      return "invalid: " + result.error().message;
    default:
      return "internal: " + result.error().message;
  }
}

}  // namespace assay
