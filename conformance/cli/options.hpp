// SPDX-License-Identifier: Apache-2.0
// Options that several verbs share, so that they are spelled and explained once.
#pragma once

#include <cstddef>
#include <cstdint>
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

inline constexpr const char* kDefaultDataDir = "build/data";

// The range of options that count something, with a text of its own for what is outside.
inline const CLI::Range kCount(std::int64_t{0}, std::int64_t{1'000'000});

// --jobs, --data, --quiet.
struct WorkOptions {
  int jobs = 0;  // 0: one per core
  std::filesystem::path data_dir;
  bool quiet = false;

  void add_to(CLI::App& verb);
};

// Calls body(i) for every i in [0, count) on `jobs` threads until an interrupt or an error, which
// is returned; what other threads had begun is still finished.
Status for_each_case(std::size_t count, int jobs, const std::function<Status(std::size_t)>& body);

}  // namespace assay::cli
