// SPDX-License-Identifier: Apache-2.0
// mkdtemp (POSIX.1-2017): a new name, readable by this user alone.
#include "vectors/io/temporary_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace assay {

Result<TemporaryFolder> TemporaryFolder::make(const std::filesystem::path& parent) {
  std::error_code failure;
  const auto base = parent.empty() ? std::filesystem::temp_directory_path(failure) : parent;
  if (failure) return fail(ErrorCode::usage, "TMPDIR: {}", failure.message());
  std::string path = (base / "assay-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr)
    return fail(ErrorCode::usage, "{}: cannot make a temporary folder: {}", base.string(),
                std::strerror(errno));
  return TemporaryFolder(path);
}

TemporaryFolder::~TemporaryFolder() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace assay
