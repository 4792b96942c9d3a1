// SPDX-License-Identifier: Apache-2.0
// Target "files:DIR": results that anything dumped before, one file per case, named by the case's
// id.
#include "conformance/target/kinds.hpp"

namespace assay {
namespace {

class FilesTarget : public Target {
 public:
  explicit FilesTarget(std::string folder) : folder_(std::move(folder)) {}
  std::string name() const override { return "files:" + folder_; }

  Result<TargetResult> run(const CaseFile& test_case) const override {
    // Joined as text: operator/ would let an id that starts with '/' leave the folder.
    const std::string path = folder_ + "/" + test_case.description.id + ".safetensors";
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
      return TargetResult{TargetOutcome::missing, path + ": no such file", {}, {}};
    }
    return read_result(path, test_case);
  }

 private:
  std::string folder_;
};

}  // namespace

Result<std::unique_ptr<Target>> make_files_target(const std::string& folder) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) {
    return fail(ErrorCode::target_unavailable, "target files:{}: no such folder", folder);
  }
  return std::make_unique<FilesTarget>(folder);
}

}  // namespace assay
