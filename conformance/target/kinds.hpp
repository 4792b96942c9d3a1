// SPDX-License-Identifier: Apache-2.0
// The kinds of targets that make_target chooses from. Internal to conformance/target.
#pragma once

#include "conformance/target/target.hpp"

namespace assay {

std::unique_ptr<Target> make_reference_target();
Result<std::unique_ptr<Target>> make_exec_target(const std::string& command,
                                                 const TargetOptions& options);
Result<std::unique_ptr<Target>> make_files_target(const std::string& folder);

// What a result file holds; garbage, with the reader's reason, where it is no safetensors file or
// larger than all that the case expects.
TargetResult read_result(const std::filesystem::path& path, const CaseFile& test_case);

}  // namespace assay
