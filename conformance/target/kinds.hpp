// SPDX-License-Identifier: Apache-2.0
// The kinds of targets that make_target chooses from. Internal to conformance/target.
#pragma once

#include "conformance/target/cuda_choice.hpp"
#include "conformance/target/target.hpp"

namespace assay {

std::unique_ptr<Target> make_reference_target();
Result<std::unique_ptr<Target>> make_exec_target(const std::string& command,
                                                 const TargetOptions& options);
Result<std::unique_ptr<Target>> make_files_target(const std::string& folder);

Result<std::unique_ptr<Target>> make_mutant_target(const std::string& name);
// Error (target_unavailable), with the reason: this build has no backend, or there is no such
// device.
Result<std::unique_ptr<Target>> make_cuda_target(const CudaChoice& choice,
                                                 const TargetOptions& options);

// Tensors computed in this process; a case that the computation refuses (docs/numerics.md, section
// 8) is rejected. Errors: those of other kinds than invalid_vectors.
Result<TargetResult> result_of(Result<Tensors> tensors);

// What a result file holds; garbage, with the reader's reason, where it is no safetensors file or
// larger than all that the case expects.
TargetResult read_result(const std::filesystem::path& path, const CaseFile& test_case);

}  // namespace assay
