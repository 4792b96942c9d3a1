// SPDX-License-Identifier: Apache-2.0
// The cases that a verb works on: the files of a folder, or a suite that is expanded case by case.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "conformance/suite/selection.hpp"
#include "vectors/io/case_file.hpp"

namespace assay::cli {

struct NamedCase {
  std::string id;
  std::function<Result<CaseFile>()> open;
};

struct CaseSetOptions {
  Selection selection;
  std::filesystem::path data_dir;
  std::filesystem::path work_dir;
  bool check_seals = true;  // case files must have the SHA-256 that the manifest records
};

// `source` is a folder or case file, else a suite (name or file).
Result<std::vector<NamedCase>> find_case_set(const std::string& source,
                                             const CaseSetOptions& options);

// case id -> SHA-256 of all suites of the manifest; empty where there is no manifest.
Result<std::map<std::string, std::string>> read_seals();

// Error (invalid_vectors): `id` is sealed with another SHA-256.
Status check_seal(const std::map<std::string, std::string>& seals, const std::string& id,
                  const std::string& sha256);

}  // namespace assay::cli
