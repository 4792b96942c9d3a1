// SPDX-License-Identifier: Apache-2.0
// The emulator's file of findings (docs/emulator_driver.md): what its sanitizers say of a launch
// that failed, for which the driver API has no more than an error code.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace assay {

class CudaFindings {
 public:
  // The file may be missing, as it is on a GPU.
  explicit CudaFindings(std::filesystem::path file);

  // The findings since the last call, in one line: the first in words, the others counted; empty if
  // there are none.
  std::string latest();
  // Of the whole process; nothing where there is no file.
  std::optional<std::size_t> count() const;

 private:
  std::filesystem::path file_;
  std::size_t seen_ = 0;
};

}  // namespace assay
