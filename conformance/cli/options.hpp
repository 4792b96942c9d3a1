// SPDX-License-Identifier: Apache-2.0
// Options that several verbs share, so that they are spelled and explained once.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "conformance/suite/selection.hpp"
#include "reference/result.hpp"

namespace assay::cli {

// --filter, --exclude, --shard.
struct SelectionOptions {
  Selection selection;
  std::string shard = "1/1";

  void add_to(CLI::App& verb);
  Result<Selection> parse() const;
};

// --jobs, --data, --quiet.
struct WorkOptions {
  int jobs = 0;  // 0: one per core
  std::filesystem::path data_dir;
  bool quiet = false;

  void add_to(CLI::App& verb);
};

// Calls body(i) for every i in [0, count) on `jobs` threads until an interrupt or an error; returns
// the error of the smallest i.
Status for_each_case(std::size_t count, int jobs, const std::function<Status(std::size_t)>& body);

// A folder of its own below the system's temporary one, removed with everything in it.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make();
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace assay::cli
