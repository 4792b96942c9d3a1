// SPDX-License-Identifier: Apache-2.0
// Expands a case recipe into tensors: inputs drawn, weights quantized, expected bits computed by
// the reference. Equal recipes give equal bytes on any compiler, CPU and thread count.
#pragma once

#include <filesystem>

#include "vectors/generate/suite.hpp"
#include "vectors/io/case_file.hpp"

namespace assay {

struct GeneratedCase {
  CaseDescription description;
  Tensors tensors;  // inputs, stage.*, output
};

// `data_dir` holds the files that recipes name (docs/vectors.md, "Real weights").
Result<GeneratedCase> generate_case(const CaseRecipe& recipe,
                                    const std::filesystem::path& data_dir);

}  // namespace assay
