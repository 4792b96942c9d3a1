// SPDX-License-Identifier: Apache-2.0
// For tests of files: a folder that is removed afterwards, and the message of an expected error.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "vectors/io/temporary_folder.hpp"

namespace assay {

inline TemporaryFolder test_folder() {
  return TemporaryFolder::make().value();
}

inline std::set<std::string> names_in(const TemporaryFolder& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    names.insert(entry.path().filename());
  return names;
}

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
