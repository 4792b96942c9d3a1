// SPDX-License-Identifier: Apache-2.0
// One line for each case, sorted, so that a review shows which cases changed.
#include "vectors/io/manifest.hpp"

#include "vectors/io/atomic_file.hpp"
#include "vectors/io/json_file.hpp"

namespace assay {

Result<Manifest> read_manifest(const std::filesystem::path& path) {
  ASSAY_ASSIGN(const nlohmann::json object, read_json(path, Schema::manifest));
  return object["suites"].get<Manifest>();
}

Status write_manifest(const std::filesystem::path& path, const Manifest& manifest) {
  const nlohmann::json object = {{"schema", "assay.manifest/1"}, {"suites", manifest}};
  return write_file(path, object.dump(1) + "\n");
}

}  // namespace assay
