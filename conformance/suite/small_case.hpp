// SPDX-License-Identifier: Apache-2.0
// For tests: one small complete case (1 x 2 tokens, top-2 of 2 experts, hidden 32, intermediate 16)
// and results to hand to the judge. Its expected bits come from the reference; the tests of this
// folder judge the judge, not the bits.
#pragma once

#include <functional>
#include <string>

#include "conformance/target/target.hpp"
#include "vectors/io/test_support.hpp"

namespace assay {

// An executable shell script in the folder; returns its path.
std::string write_script(const TemporaryFolder& folder, const std::string& name,
                         const std::string& body);

inline constexpr const char* kSmallCaseId = "small/group/variant#0";

// Edits what the case is made of before the expected tensors are computed.
using EditCase = std::function<void(CaseDescription&, Tensors& inputs)>;

// Writes <folder>/<id>.safetensors and returns the path.
std::filesystem::path write_small_case(const std::filesystem::path& folder,
                                       const EditCase& edit = {});
CaseFile small_case(const EditCase& edit = {});

Tensors copy_of(const TensorViews& tensors);

// As a target would return them.
TargetResult completed(Tensors tensors);

}  // namespace assay
