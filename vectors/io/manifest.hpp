// SPDX-License-Identifier: Apache-2.0
// vectors/MANIFEST.json: the SHA-256 of every case file of every suite, so that a regenerated set
// is verified and a bit that changes is seen in review.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "reference/result.hpp"

namespace assay {

// suite -> case id -> SHA-256 (lowercase hex) of the case file.
using Manifest = std::map<std::string, std::map<std::string, std::string>>;

Result<Manifest> read_manifest(const std::filesystem::path& path);
Status write_manifest(const std::filesystem::path& path, const Manifest& manifest);

}  // namespace assay
