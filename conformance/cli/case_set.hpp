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
#include "vectors/io/manifest.hpp"

namespace assay::cli {

struct NamedCase {
  std::string id;
  bool is_sealed = false;  // the manifest records its SHA-256, and `open` checks it
  std::function<Result<CaseFile>()> open;
};

struct CaseSetOptions {
  Selection selection;
  std::filesystem::path data_dir;
  std::filesystem::path work_dir;
  bool check_seals = true;  // case files must have the SHA-256 that the manifest records
};

// `source` is a folder or case file, else a suite (name or file). The name of a suite means the
// suite, even where a folder is called so: that one is written with a slash.
Result<std::vector<NamedCase>> find_case_set(const std::string& source,
                                             const CaseSetOptions& options);

// The manifest of vectors_root(); empty where there is none.
Result<Manifest> load_manifest();

// case id -> SHA-256, of all suites of a manifest.
using Seals = std::map<std::string, std::string>;
Seals seals_of(const Manifest& manifest);

// Error (invalid_vectors): `id` is sealed with another SHA-256.
Status check_seal(const Seals& seals, const std::string& id, const std::string& sha256);

}  // namespace assay::cli
